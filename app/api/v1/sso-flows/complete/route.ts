import { CompleteSsoFlowBody } from '@/lib/contract/sso';
import { ssoFlowCompleted } from '@/lib/http/answers';
import { route } from '@/lib/http/route';

export const POST = route({
  session: 'optional',
  body: CompleteSsoFlowBody,
  handle: ({ actor, body, headers, origin }) =>
    ssoFlowCompleted(body.ticket, headers, actor, origin),
});
