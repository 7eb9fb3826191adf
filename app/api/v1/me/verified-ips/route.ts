import { PageQuery } from '@/lib/contract/schemas';
import { route } from '@/lib/http/route';
import { listOwnVerifiedIps, revokeOwnVerifiedIps } from '@/lib/service/verified-ips';

export const GET = route({
  session: 'required',
  query: PageQuery,
  handle: ({ actor, query }) => listOwnVerifiedIps(actor, query),
});

export const DELETE = route({
  session: 'required',
  handle: ({ actor, pass }) => revokeOwnVerifiedIps(actor, pass, null),
});
