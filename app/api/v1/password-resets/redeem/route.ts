import { serve } from '@/lib/http/route';
import { resetPassword } from '@/lib/service/account/passwords';

export const POST = serve('POST /password-resets/redeem', ({ body, origin }) =>
  resetPassword(body, origin),
);
