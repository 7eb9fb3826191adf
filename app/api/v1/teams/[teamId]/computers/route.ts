import { RegisterComputerBody } from '@/lib/contract/schemas';
import { route } from '@/lib/http/route';
import { listTeamComputers, registerComputer } from '@/lib/service/computers';

export const GET = route({
  session: 'required',
  permission: 'computers.manage',
  handle: ({ actor, team }) => listTeamComputers(actor, team.id),
});

export const POST = route({
  session: 'required',
  permission: 'computers.manage',
  gate: 'team.manage',
  body: RegisterComputerBody,
  status: 201,
  handle: ({ actor, pass, team, body }) => registerComputer(actor, pass, team.id, body),
});
