import { serve } from '@/lib/http/route';
import { listEvents } from '@/lib/service/team/events';

export const GET = serve('GET /teams/{teamId}/events', ({ actor, team, query }) =>
  listEvents(actor, team.id, query),
);
