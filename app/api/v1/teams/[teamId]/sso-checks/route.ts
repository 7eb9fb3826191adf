import { serve } from '@/lib/http/route';
import { checkProvider } from '@/lib/service/sso/check';

export const POST = serve('POST /teams/{teamId}/sso-checks', ({ actor, body }) =>
  checkProvider(actor, body),
);
