import { serve } from '@/lib/http/route';
import { changeProvider, removeProvider, showProvider } from '@/lib/service/sso/providers';

export const GET = serve('GET /teams/{teamId}/sso-connections/{id}', ({ actor, team, params }) =>
  showProvider(actor, team.id, params.id),
);

export const PATCH = serve(
  'PATCH /teams/{teamId}/sso-connections/{id}',
  ({ actor, pass, team, params, body }) => changeProvider(actor, pass, team.id, params.id, body),
);

export const DELETE = serve(
  'DELETE /teams/{teamId}/sso-connections/{id}',
  ({ actor, pass, team, params }) => removeProvider(actor, pass, team.id, params.id),
);
