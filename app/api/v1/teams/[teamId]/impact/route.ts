import { serve } from '@/lib/http/route';
import { showImpact } from '@/lib/service/team/impact';

export const GET = serve('GET /teams/{teamId}/impact', ({ actor, team, query }) =>
  showImpact(actor, team, query.days),
);
