import { serve } from '@/lib/http/route';
import { listMemberSessions } from '@/lib/service/account/sessions';

export const GET = serve(
  'GET /teams/{teamId}/members/{userId}/sessions',
  ({ actor, team, params, query }) => listMemberSessions(actor, team.id, params.userId, query),
);
