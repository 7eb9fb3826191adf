import { EmptyBody } from '@/lib/contract/schemas';
import { route } from '@/lib/http/route';
import { rotateHostKey } from '@/lib/service/computers';

export const POST = route({
  session: 'required',
  permission: 'computers.manage',
  gate: 'team.manage',
  fresh: true,
  body: EmptyBody,
  status: 201,
  handle: ({ actor, pass, team, params }) => rotateHostKey(actor, pass, team.id, params.id ?? ''),
});
