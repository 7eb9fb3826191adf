import { standingClients, stayOnline } from '@/lib/service/computers/signalling';
import type { OpenSocket } from './open-socket';

/** How many sockets one statement looks at. */
const BATCH = 1_000;

/** Closes the sockets of clients whose session is gone, or whose token was replaced from another network. */
export async function recheckClients(sockets: Iterable<OpenSocket>): Promise<void> {
  const clients = [...sockets].flatMap((socket) =>
    socket.holder.kind === 'client'
      ? [{ socket, ...socket.holder, network: socket.client.network }]
      : [],
  );
  for (let from = 0; from < clients.length; from += BATCH) {
    const batch = clients.slice(from, from + BATCH);
    const standing = await standingClients(batch);
    for (const [place, { socket }] of batch.entries()) {
      if (!standing.has(place)) socket.close('unauthenticated');
    }
  }
}

/**
 * Says that the computers of these sockets are still there, and closes the sockets that speak for theirs
 * no longer, or may not from where they are. One that was not greeted yet has still to begin.
 */
export async function recheckHosts(sockets: Iterable<OpenSocket>): Promise<void> {
  const hosts = [...sockets].flatMap((socket) =>
    socket.holder.kind === 'host' && socket.isGreeted
      ? [{ socket, socketId: socket.id, computerId: socket.holder.computerId }]
      : [],
  );
  const fallen = await stayOnline(hosts);
  for (const { socket, socketId } of hosts) {
    const found = fallen.get(socketId);
    if (found) socket.close(found === 'replaced' ? 'replaced' : 'try_later');
  }
}
