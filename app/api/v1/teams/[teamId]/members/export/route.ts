import { Download, serve } from '@/lib/http/route';
import { exportMembers } from '@/lib/service/team/members';

export const GET = serve(
  'GET /teams/{teamId}/members/export',
  async ({ actor, team, query }) => new Download(await exportMembers(actor, team.id, query)),
);
