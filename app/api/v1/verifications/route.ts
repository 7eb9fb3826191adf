import { VerifyBody } from '@/lib/contract/schemas';
import { tokenReplaced } from '@/lib/http/answers';
import { route } from '@/lib/http/route';
import { verify } from '@/lib/service/verifications';

export const POST = route({
  session: 'required',
  gate: 'never',
  body: VerifyBody,
  status: 201,
  handle: async ({ actor, body }) => tokenReplaced(actor, await verify(actor, body)),
});
