import { serve } from '@/lib/http/route';
import { changeRole, removeMember, showMember } from '@/lib/service/team/members';

export const GET = serve('GET /teams/{teamId}/members/{userId}', ({ actor, team, params }) =>
  showMember(actor, team.id, params.userId),
);

export const PATCH = serve(
  'PATCH /teams/{teamId}/members/{userId}',
  ({ actor, pass, team, params, body }) => changeRole(actor, pass, team.id, params.userId, body),
);

export const DELETE = serve(
  'DELETE /teams/{teamId}/members/{userId}',
  ({ actor, pass, team, params }) => removeMember(actor, pass, team.id, params.userId),
);
