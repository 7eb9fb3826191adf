import { env } from '@/lib/platform/env';
import type { Db } from '@/lib/platform/postgres/database';
import { logRarely } from '@/lib/platform/rare-log';
import { explainUnknown } from '@/lib/policy/address-warnings';
import type { ClientAddress } from '@/lib/policy/client-address';
import { isVerifiedByAnother } from '@/lib/store/verified-ips';

/**
 * The fault: the shortest proxy on this machine, which adds no header and speaks HTTP/1.1. Everybody is
 * 127.0.0.1 then, and whoever verifies it verifies it for the thief too. One user alone may well sit at
 * this machine; the second one, by a program, is taken for what a proxy hides.
 *
 * @returns the client as it was, or without an address (`proxy_not_configured`)
 */
export async function doubtSharedMachine(
  db: Db,
  client: ClientAddress,
  userId: string,
): Promise<ClientAddress> {
  if (!client.mayBeProxy || client.network === null) return client;
  if (!(await isVerifiedByAnother(db, client.network, userId))) return client;
  const { mayBeProxy: _, ...rest } = client;
  const unknown = {
    ...rest,
    address: null,
    network: null,
    reason: 'proxy_not_configured',
  } as const;
  const { message, cure } = explainUnknown(unknown, env());
  logRarely(message, { cure });
  return unknown;
}
