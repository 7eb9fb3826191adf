import { serve } from '@/lib/http/route';
import { changeSsoConnection, removeSsoConnection } from '@/lib/service/sso/providers';

export const PATCH = serve(
  'PATCH /teams/{teamId}/sso-connections/{id}',
  ({ actor, pass, team, params, body }) =>
    changeSsoConnection(actor, pass, team.id, params.id, body),
);

export const DELETE = serve(
  'DELETE /teams/{teamId}/sso-connections/{id}',
  ({ actor, pass, team, params }) => removeSsoConnection(actor, pass, team.id, params.id),
);
