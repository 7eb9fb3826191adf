import type { IncomingMessage } from 'node:http';
import { type Holder, requireHolder } from '@/lib/auth/socket-actor';
import { GatehouseError } from '@/lib/contract/errors';
import { SOCKET_PATH } from '@/lib/contract/protocol';
import type { Origin } from '@/lib/service/gate/actor';
import { passGate } from '@/lib/service/gate/gate';
import { networkKey } from '@/lib/service/gate/limits';
import type { Counters } from './counters';
import { LIMITS } from './limits';
import type { Registry } from './registry';

/**
 * Decides whether a socket may be opened, before the `101`. The query string is never read: a token in
 * it would stand in every log on the way.
 * @throws not_found, unauthenticated, cross_site_request, invalid_request
 */
export async function admit(req: IncomingMessage, origin: Origin): Promise<Holder> {
  const [path] = (req.url ?? '').split('?', 1);
  if (path !== SOCKET_PATH) throw new GatehouseError('not_found', 'There is no WebSocket here.');
  const { authorization, cookie } = req.headers;
  const headers = new Headers();
  if (authorization !== undefined) headers.set('authorization', authorization);
  if (cookie !== undefined) headers.set('cookie', cookie);
  const holder = await requireHolder(headers, req.headersDistinct.origin ?? [], origin);
  // Use from a new network is recorded, as that of any call; what is enforced, is so per message.
  if (holder.kind === 'client') await passGate(holder.actor, 'api.read');
  return holder;
}

/** @throws too_many_requests; the sockets that are open stay so */
export function requireRoom(
  holder: Holder,
  { client }: Origin,
  registry: Registry,
  counters: Counters,
): void {
  if (
    holder.kind === 'client' &&
    registry.ofSession(holder.session.sessionId).size >= LIMITS.socketsPerSession
  ) {
    counters.add('sockets_per_session');
    throw tooMany(`A session may hold ${LIMITS.socketsPerSession} sockets. Close one first.`);
  }
  if (registry.ofNetwork(networkKey(client)).size >= LIMITS.socketsPerNetwork) {
    counters.add('sockets_per_network');
    throw tooMany(`A network may hold ${LIMITS.socketsPerNetwork} sockets.`);
  }
}

function tooMany(detail: string): GatehouseError {
  return new GatehouseError('too_many_requests', detail, { headers: { 'Retry-After': '30' } });
}
