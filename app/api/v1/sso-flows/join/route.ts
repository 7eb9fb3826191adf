import { JoinSsoBody } from '@/lib/contract/sso';
import { ssoJoined } from '@/lib/http/answers';
import { route } from '@/lib/http/route';

export const POST = route({
  session: 'optional',
  body: JoinSsoBody,
  status: 201,
  handle: ({ actor, body, headers, origin }) => ssoJoined(body, headers, actor, origin),
});
