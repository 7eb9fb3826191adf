import { Download, serve } from '@/lib/http/route';
import { exportTeamComputers } from '@/lib/service/computers/computers';

export const GET = serve(
  'GET /teams/{teamId}/computers/export',
  async ({ actor, team, query }) => new Download(await exportTeamComputers(actor, team.id, query)),
);
