import { serve } from '@/lib/http/route';
import { listOwnVerifiedIps, revokeOwnVerifiedIps } from '@/lib/service/account/verified-ips';

export const GET = serve('GET /me/verified-ips', ({ actor, query }) =>
  listOwnVerifiedIps(actor, query),
);

export const DELETE = serve('DELETE /me/verified-ips', ({ actor, pass }) =>
  revokeOwnVerifiedIps(actor, pass, null),
);
