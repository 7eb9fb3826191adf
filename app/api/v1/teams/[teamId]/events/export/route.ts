import { Download, serve } from '@/lib/http/route';
import { exportEvents } from '@/lib/service/team/event-export';

export const GET = serve(
  'GET /teams/{teamId}/events/export',
  async ({ actor, team, query }) => new Download(await exportEvents(actor, team, query)),
);
