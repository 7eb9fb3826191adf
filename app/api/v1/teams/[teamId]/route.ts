import { RenameTeamBody } from '@/lib/contract/schemas';
import { route } from '@/lib/http/route';
import { presentTeam, renameTeam } from '@/lib/service/teams';

export const GET = route({
  session: 'required',
  permission: 'team.view',
  handle: async ({ team }) => presentTeam(team),
});

export const PATCH = route({
  session: 'required',
  permission: 'team.change',
  gate: 'team.manage',
  body: RenameTeamBody,
  handle: ({ actor, pass, team, body }) => renameTeam(actor, pass, team, body),
});
