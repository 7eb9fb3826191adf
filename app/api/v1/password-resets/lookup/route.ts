import { serve } from '@/lib/http/route';
import { showReset } from '@/lib/service/account/passwords';

export const POST = serve('POST /password-resets/lookup', ({ body, origin }) =>
  showReset(body.token, origin),
);
