import { Download, serve } from '@/lib/http/route';
import { exportSeenNetworks } from '@/lib/service/team/seen-networks';

export const GET = serve(
  'GET /teams/{teamId}/seen-networks/export',
  async ({ actor, team, query }) => new Download(await exportSeenNetworks(actor, team.id, query)),
);
