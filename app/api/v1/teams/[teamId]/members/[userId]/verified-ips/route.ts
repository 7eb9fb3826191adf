import { PageQuery } from '@/lib/contract/schemas';
import { route } from '@/lib/http/route';
import { listMemberVerifiedIps, revokeMemberVerifiedIps } from '@/lib/service/verified-ips';

export const GET = route({
  session: 'required',
  permission: 'verified-ips.view',
  query: PageQuery,
  handle: ({ actor, team, params, query }) =>
    listMemberVerifiedIps(actor, team.id, params.userId ?? '', query),
});

/** All of them. Owners and admins may revoke anybody's in the team: it takes away, and gives nothing. */
export const DELETE = route({
  session: 'required',
  permission: 'verified-ips.revoke',
  gate: 'team.manage',
  handle: ({ actor, pass, team, params }) =>
    revokeMemberVerifiedIps(actor, pass, team.id, params.userId ?? '', null),
});
