import { serve } from '@/lib/http/route';
import { addProvider, listProviders } from '@/lib/service/sso/providers';

export const GET = serve('GET /teams/{teamId}/sso-connections', ({ actor, team, query }) =>
  listProviders(actor, team.id, query),
);

export const POST = serve('POST /teams/{teamId}/sso-connections', ({ actor, pass, team, body }) =>
  addProvider(actor, pass, team.id, body),
);
