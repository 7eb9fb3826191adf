import { serve } from '@/lib/http/route';
import { requestReset } from '@/lib/service/account/passwords';

export const POST = serve('POST /password-resets', ({ body, origin }) =>
  requestReset(body, origin),
);
