import { route } from '@/lib/http/route';
import { revokeMemberVerifiedIps } from '@/lib/service/verified-ips';

export const DELETE = route({
  session: 'required',
  permission: 'verified-ips.revoke',
  gate: 'team.manage',
  handle: ({ actor, pass, team, params }) =>
    revokeMemberVerifiedIps(actor, pass, team.id, params.userId ?? '', params.id ?? ''),
});
