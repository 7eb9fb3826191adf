import { serve } from '@/lib/http/route';
import { addSsoConnection, listSsoConnections } from '@/lib/service/sso/providers';

export const GET = serve('GET /teams/{teamId}/sso-connections', ({ actor, team, query }) =>
  listSsoConnections(actor, team.id, query),
);

export const POST = serve('POST /teams/{teamId}/sso-connections', ({ actor, pass, team, body }) =>
  addSsoConnection(actor, pass, team.id, body),
);
