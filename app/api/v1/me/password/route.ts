import { ChangePasswordBody } from '@/lib/contract/schemas';
import { tokenReplaced } from '@/lib/http/answers';
import { route } from '@/lib/http/route';
import { changePassword } from '@/lib/service/passwords';

export const POST = route({
  session: 'required',
  gate: 'account.manage',
  body: ChangePasswordBody,
  handle: async ({ actor, body }) => tokenReplaced(actor, await changePassword(actor, body)),
});
