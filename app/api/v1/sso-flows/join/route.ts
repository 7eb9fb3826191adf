import { ssoJoined } from '@/lib/http/answers';
import { serve } from '@/lib/http/route';

export const POST = serve('POST /sso-flows/join', ({ actor, body, headers, origin }) =>
  ssoJoined(body, headers, actor, origin),
);
