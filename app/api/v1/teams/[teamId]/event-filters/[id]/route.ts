import { serve } from '@/lib/http/route';
import { changeEventFilter, removeEventFilter } from '@/lib/service/team/event-filters';

export const PATCH = serve(
  'PATCH /teams/{teamId}/event-filters/{id}',
  ({ actor, pass, team, params, body }) => changeEventFilter(actor, pass, team.id, params.id, body),
);

export const DELETE = serve(
  'DELETE /teams/{teamId}/event-filters/{id}',
  ({ actor, pass, team, params }) => removeEventFilter(actor, pass, team.id, params.id),
);
