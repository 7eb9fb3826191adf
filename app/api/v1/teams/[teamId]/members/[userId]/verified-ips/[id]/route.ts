import { serve } from '@/lib/http/route';
import { revokeMemberVerifiedIps } from '@/lib/service/account/verified-ips';

export const DELETE = serve(
  'DELETE /teams/{teamId}/members/{userId}/verified-ips/{id}',
  ({ actor, pass, team, params }) =>
    revokeMemberVerifiedIps(actor, pass, team.id, params.userId, params.id),
);
