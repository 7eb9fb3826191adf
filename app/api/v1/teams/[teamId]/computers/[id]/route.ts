import { serve } from '@/lib/http/route';
import { changeComputer, removeComputer } from '@/lib/service/computers/computers';

export const PATCH = serve(
  'PATCH /teams/{teamId}/computers/{id}',
  ({ actor, pass, team, params, body }) => changeComputer(actor, pass, team.id, params.id, body),
);

export const DELETE = serve(
  'DELETE /teams/{teamId}/computers/{id}',
  ({ actor, pass, team, params }) => removeComputer(actor, pass, team.id, params.id),
);
