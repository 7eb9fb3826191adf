import { serve } from '@/lib/http/route';
import { invite, listInvites } from '@/lib/service/team/invites';

export const GET = serve('GET /teams/{teamId}/invites', ({ team, query }) =>
  listInvites(team.id, query),
);

export const POST = serve('POST /teams/{teamId}/invites', ({ actor, pass, team, body }) =>
  invite(actor, pass, team, body),
);
