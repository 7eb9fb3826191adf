import { serve } from '@/lib/http/route';
import { listMembersOnNetwork } from '@/lib/service/team/seen-networks';

export const GET = serve('GET /teams/{teamId}/seen-networks/members', ({ actor, team, query }) =>
  listMembersOnNetwork(actor, team.id, query),
);
