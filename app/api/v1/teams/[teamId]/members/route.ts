import { serve } from '@/lib/http/route';
import { listMembers } from '@/lib/service/team/members';

export const GET = serve('GET /teams/{teamId}/members', ({ actor, team, query }) =>
  listMembers(actor, team.id, query),
);
