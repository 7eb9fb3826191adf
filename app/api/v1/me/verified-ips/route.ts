import { route } from '@/lib/http/route';
import { listOwnVerifiedIps, revokeOwnVerifiedIps } from '@/lib/service/verified-ips';

export const GET = route({ session: 'required', handle: ({ actor }) => listOwnVerifiedIps(actor) });

export const DELETE = route({
  session: 'required',
  handle: ({ actor, pass }) => revokeOwnVerifiedIps(actor, pass, null),
});
