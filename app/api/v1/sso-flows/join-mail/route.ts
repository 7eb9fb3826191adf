import { ssoJoinMailed } from '@/lib/http/answers';
import { serve } from '@/lib/http/route';

export const POST = serve('POST /sso-flows/join-mail', ({ headers, origin }) =>
  ssoJoinMailed(headers, origin),
);
