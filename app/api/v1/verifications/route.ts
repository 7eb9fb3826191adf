import { tokenReplaced } from '@/lib/http/answers';
import { serve } from '@/lib/http/route';
import { verify } from '@/lib/service/account/verifications';

export const POST = serve('POST /verifications', async ({ actor, body }) => {
  const { token, ...verification } = await verify(actor, body);
  return tokenReplaced(actor, token, verification);
});
