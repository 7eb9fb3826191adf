import { serve } from '@/lib/http/route';
import { revokeOwnVerifiedIps } from '@/lib/service/account/verified-ips';

export const DELETE = serve('DELETE /me/verified-ips/{id}', ({ actor, pass, params }) =>
  revokeOwnVerifiedIps(actor, pass, params.id),
);
