import { StartSsoFlowBody } from '@/lib/contract/sso';
import { ssoFlowStarted } from '@/lib/http/answers';
import { route } from '@/lib/http/route';

export const POST = route({
  session: 'optional',
  body: StartSsoFlowBody,
  status: 201,
  handle: ({ actor, body, origin }) => ssoFlowStarted(body, actor, origin),
});
