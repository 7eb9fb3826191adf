import { serve } from '@/lib/http/route';
import { listEventFilters, saveEventFilter } from '@/lib/service/team/event-filters';

export const GET = serve('GET /teams/{teamId}/event-filters', ({ actor, team, query }) =>
  listEventFilters(actor, team.id, query),
);

export const POST = serve('POST /teams/{teamId}/event-filters', ({ actor, pass, team, body }) =>
  saveEventFilter(actor, pass, team.id, body),
);
