import { tokenReplaced } from '@/lib/http/answers';
import { serve } from '@/lib/http/route';
import { changePassword } from '@/lib/service/account/passwords';

export const POST = serve('POST /me/password', async ({ actor, body }) => {
  const { token, ...changed } = await changePassword(actor, body);
  return tokenReplaced(actor, token, changed);
});
