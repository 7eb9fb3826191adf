import { EventsQuery } from '@/lib/contract/schemas';
import { route } from '@/lib/http/route';
import { listEvents } from '@/lib/service/events';

export const GET = route({
  session: 'required',
  permission: 'events.view',
  query: EventsQuery,
  handle: ({ actor, team, query }) => listEvents(actor, team.id, query),
});
