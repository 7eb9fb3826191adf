import { serve } from '@/lib/http/route';
import { listSeenNetworks } from '@/lib/service/team/seen-networks';

export const GET = serve('GET /teams/{teamId}/seen-networks', ({ actor, team, query }) =>
  listSeenNetworks(actor, team.id, query),
);
