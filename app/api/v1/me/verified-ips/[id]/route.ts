import { route } from '@/lib/http/route';
import { revokeOwnVerifiedIps } from '@/lib/service/verified-ips';

export const DELETE = route({
  session: 'required',
  handle: ({ actor, pass, params }) => revokeOwnVerifiedIps(actor, pass, params.id ?? ''),
});
