import { serve } from '@/lib/http/route';
import { listMemberVerifiedIps, revokeMemberVerifiedIps } from '@/lib/service/account/verified-ips';

export const GET = serve(
  'GET /teams/{teamId}/members/{userId}/verified-ips',
  ({ actor, team, params, query }) => listMemberVerifiedIps(actor, team.id, params.userId, query),
);

export const DELETE = serve(
  'DELETE /teams/{teamId}/members/{userId}/verified-ips',
  ({ actor, pass, team, params }) =>
    revokeMemberVerifiedIps(actor, pass, team.id, params.userId, null),
);
