import { route } from '@/lib/http/route';
import { listMemberVerifiedIps, revokeMemberVerifiedIps } from '@/lib/service/verified-ips';

export const GET = route({
  session: 'required',
  permission: 'verified-ips.view',
  handle: ({ actor, team, params }) => listMemberVerifiedIps(actor, team.id, params.userId ?? ''),
});

/** All of them. Owners and admins may revoke anybody's in the team: it takes away, and gives nothing. */
export const DELETE = route({
  session: 'required',
  permission: 'verified-ips.revoke',
  gate: 'team.manage',
  handle: ({ actor, pass, team, params }) =>
    revokeMemberVerifiedIps(actor, pass, team.id, params.userId ?? '', null),
});
