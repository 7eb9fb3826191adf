import { serve } from '@/lib/http/route';
import { showOverview } from '@/lib/service/team/overview';

export const GET = serve('GET /teams/{teamId}/overview', ({ actor, team, query }) =>
  showOverview(actor, team, query.days),
);
