import { ssoFlowCompleted } from '@/lib/http/answers';
import { serve } from '@/lib/http/route';

export const POST = serve('POST /sso-flows/complete', ({ actor, body, headers, origin }) =>
  ssoFlowCompleted(body.ticket, headers, actor, origin),
);
