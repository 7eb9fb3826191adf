import { serve } from '@/lib/http/route';
import { presentTeam, renameTeam } from '@/lib/service/team/teams';

export const GET = serve('GET /teams/{teamId}', async ({ team }) => presentTeam(team));

export const PATCH = serve('PATCH /teams/{teamId}', ({ actor, pass, team, body }) =>
  renameTeam(actor, pass, team, body),
);
