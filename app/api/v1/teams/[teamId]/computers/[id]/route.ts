import { ChangeComputerBody } from '@/lib/contract/schemas';
import { route } from '@/lib/http/route';
import { changeComputer, removeComputer } from '@/lib/service/computers';

export const PATCH = route({
  session: 'required',
  permission: 'computers.manage',
  gate: 'team.manage',
  fresh: true,
  body: ChangeComputerBody,
  handle: ({ actor, pass, team, params, body }) =>
    changeComputer(actor, pass, team.id, params.id ?? '', body),
});

export const DELETE = route({
  session: 'required',
  permission: 'computers.manage',
  gate: 'team.manage',
  fresh: true,
  handle: ({ actor, pass, team, params }) => removeComputer(actor, pass, team.id, params.id ?? ''),
});
