import { randomUUID } from 'node:crypto';
import { currentClient, currentRequestId } from '@/lib/platform/client-store';
import { env } from '@/lib/platform/env';
import type { ClientAddress } from '@/lib/policy/client-address';
import type { Origin } from '@/lib/service/gate/actor';

/**
 * Where the present request comes from, as `server.ts` found it. Without that (the code runs elsewhere)
 * the address is unknown, and the gate refuses.
 */
export function currentOrigin(): Origin {
  return {
    requestId: currentRequestId() ?? randomUUID(),
    client: currentClient<ClientAddress>() ?? {
      address: null,
      network: null,
      reason: 'no_peer',
      peer: null,
      hops: [],
      header: env().clientIpHeader,
      contradictedBy: null,
      hopsLeft: 0,
    },
  };
}
