import { ChangeMemberBody } from '@/lib/contract/schemas';
import { route } from '@/lib/http/route';
import { changeRole, removeMember, showMember } from '@/lib/service/members';

export const GET = route({
  session: 'required',
  permission: 'members.view',
  handle: ({ actor, team, params }) => showMember(actor, team.id, params.userId ?? ''),
});

export const PATCH = route({
  session: 'required',
  permission: 'members.manage',
  gate: 'team.manage',
  fresh: true,
  body: ChangeMemberBody,
  handle: ({ actor, pass, team, params, body }) =>
    changeRole(actor, pass, team.id, params.userId ?? '', body),
});

/** Members may leave by themselves; for anybody else the service looks at the role. */
export const DELETE = route({
  session: 'required',
  permission: 'team.view',
  gate: 'team.manage',
  fresh: true,
  handle: ({ actor, pass, team, params }) =>
    removeMember(actor, pass, team.id, params.userId ?? ''),
});
