import { EmptyBody } from '@/lib/contract/schemas';
import { ssoJoinMailed } from '@/lib/http/answers';
import { route } from '@/lib/http/route';

export const POST = route({
  session: 'optional',
  body: EmptyBody,
  status: 202,
  handle: ({ headers, origin }) => ssoJoinMailed(headers, origin),
});
