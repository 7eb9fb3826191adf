import { serve } from '@/lib/http/route';
import { reserveProvider } from '@/lib/service/sso/reserved';

export const POST = serve('POST /teams/{teamId}/sso-reservations', async ({ team }) =>
  reserveProvider(team.id),
);
