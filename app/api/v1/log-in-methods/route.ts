import { LogInMethodsBody } from '@/lib/contract/sso';
import { route } from '@/lib/http/route';
import { showLogInMethods } from '@/lib/service/sso-domains';

export const POST = route({
  session: 'none',
  body: LogInMethodsBody,
  handle: ({ body, origin }) => showLogInMethods(body.email, origin),
});
