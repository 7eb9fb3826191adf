import { ResetPasswordBody } from '@/lib/contract/schemas';
import { route } from '@/lib/http/route';
import { resetPassword } from '@/lib/service/passwords';

export const POST = route({
  session: 'none',
  body: ResetPasswordBody,
  handle: ({ body, origin }) => resetPassword(body, origin),
});
