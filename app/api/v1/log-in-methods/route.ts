import { serve } from '@/lib/http/route';
import { showLogInMethods } from '@/lib/service/sso/domains';

export const POST = serve('POST /log-in-methods', ({ body, origin }) =>
  showLogInMethods(body.email, origin),
);
