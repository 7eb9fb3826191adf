import { ssoFlowStarted } from '@/lib/http/answers';
import { serve } from '@/lib/http/route';

export const POST = serve('POST /sso-flows', ({ actor, body, origin }) =>
  ssoFlowStarted(body, actor, origin),
);
