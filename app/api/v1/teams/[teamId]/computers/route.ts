import { ComputersQuery, RegisterComputerBody } from '@/lib/contract/schemas';
import { route } from '@/lib/http/route';
import { listTeamComputers, registerComputer } from '@/lib/service/computers';

export const GET = route({
  session: 'required',
  permission: 'computers.manage',
  query: ComputersQuery,
  handle: ({ actor, team, query }) => listTeamComputers(actor, team.id, query),
});

export const POST = route({
  session: 'required',
  permission: 'computers.manage',
  gate: 'team.manage',
  body: RegisterComputerBody,
  status: 201,
  handle: ({ actor, pass, team, body }) => registerComputer(actor, pass, team.id, body),
});
