import { randomUUID } from 'node:crypto';
import { refreshActor } from '@/lib/auth/socket-actor';
import { isGatehouseError } from '@/lib/contract/errors';
import type { ServerPayloads } from '@/lib/contract/messages';
import { publish } from '@/lib/platform/bus';
import {
  type ConnectionEndReason,
  type ConnectionState,
  isLive,
} from '@/lib/policy/connection-state';
import { presentClient } from '@/lib/service/account/me';
import { listOffers, showPresence } from '@/lib/service/computers/signalling';
import { showTo } from '@/lib/service/gate/masks';
import type { Incumbents } from './incumbents';
import type { OpenSocket } from './open-socket';
import { recheckClients, recheckHosts } from './recheck';
import type { Registry } from './registry';

/** What the database tells every instance; see `prisma/migrations/*_gateway` for who says which. */
export type Announcement =
  | { type: 'session.ended'; sessionId: string }
  | { type: 'session.token_replaced'; sessionId: string; network: string | null }
  | { type: 'user.removed'; userId: string }
  | { type: 'computer.key_gone'; computerId: string; keyHash: string }
  | { type: 'computer.socket_replaced'; computerId: string; socketId: string }
  | { type: 'computer.networks_changed'; computerId: string }
  | { type: 'computer.asked'; computerId: string; socketId: string }
  | { type: 'computer.answered'; socketId: string }
  | { type: 'computer.presence'; computerId: string }
  | { type: 'connection.offered'; connectionId: string; computerId: string }
  | ConnectionChanged
  | { type: 'challenge.verified'; challengeId: string; sessionId: string; network: string }
  | ChallengeLeftOpen
  | Relay;

type ChallengeLeftOpen = {
  type: 'challenge.left_open';
  challengeId: string;
  sessionId: string;
  /** That it asks for. */
  network: string;
  recordedNetwork: string;
};

type ConnectionChanged = {
  type: 'connection.changed';
  connectionId: string;
  attemptId: string;
  computerId: string;
  sessionId: string;
  network: string | null;
  state: ConnectionState;
  endReason: ConnectionEndReason | null;
};

type Relay = {
  type: 'relay';
  to: { computerId: string } | { sessionId: string; network: string | null };
  message: {
    [A in 'answer_relay' | 'candex_relay']: { action: A; payload: ServerPayloads[A] };
  }['answer_relay' | 'candex_relay'];
};

/**
 * Acts on what was announced, for the sockets of this instance.
 *
 * The attack: whoever has a copy of a token opens a socket, and listens. So what concerns a connection
 * goes to the session's sockets on that connection's network, and to no others of the session.
 */
export async function hear(
  event: Announcement,
  registry: Registry,
  incumbents: Incumbents,
): Promise<void> {
  switch (event.type) {
    case 'session.ended':
      return closeEach(registry.ofSession(event.sessionId));
    case 'session.token_replaced':
      return recheckElsewhere(event, registry);
    case 'user.removed':
      return closeEach(registry.ofUser(event.userId));
    case 'computer.key_gone':
      return closeEach(
        registry.ofComputer(event.computerId),
        ({ holder }) =>
          holder.kind === 'host' && Buffer.from(holder.keyHash).toString('hex') === event.keyHash,
      );
    case 'computer.socket_replaced':
      for (const socket of registry.ofComputer(event.computerId)) {
        if (socket.id === event.socketId) socket.close('replaced');
      }
      return;
    case 'computer.networks_changed':
      return recheckOrClose(registry.ofComputer(event.computerId), recheckHosts);
    case 'computer.asked':
      for (const socket of registry.ofComputer(event.computerId)) {
        if (socket.id === event.socketId && (await socket.isAlive())) {
          await publish({ type: 'computer.answered', socketId: socket.id });
        }
      }
      return;
    case 'computer.answered':
      return incumbents.hearAnswer(event.socketId);
    case 'computer.presence':
      return tellPresence(event.computerId, registry, incumbents);
    case 'connection.offered':
      for (const socket of registry.ofComputer(event.computerId)) {
        // Else the computer would never hear of it: coming back, it gets all that waits.
        await giveOffers(socket, event.connectionId).catch((error: unknown) => {
          socket.close('try_later');
          throw error;
        });
      }
      return;
    case 'connection.changed':
      return tellOfConnection(event, registry);
    case 'challenge.verified':
      for (const socket of socketsAt(registry, event)) await tellOfVerification(socket, event);
      return;
    case 'challenge.left_open':
      for (const socket of socketsAt(registry, event)) await tellOfOtherNetwork(socket, event);
      for (const socket of socketsAt(registry, { ...event, network: event.recordedNetwork })) {
        await tellOfOtherNetwork(socket, event);
      }
      return;
    case 'relay':
      for (const socket of 'computerId' in event.to
        ? registry.ofComputer(event.to.computerId)
        : socketsAt(registry, event.to)) {
        socket.announce(event.message.action, event.message.payload);
      }
  }
}

function closeEach(
  sockets: Iterable<OpenSocket>,
  isMeant: (socket: OpenSocket) => boolean = () => true,
): void {
  for (const socket of sockets) if (isMeant(socket)) socket.close('unauthenticated');
}

/**
 * Closes what was opened with the replaced token. Which that is, only the database knows: heard late,
 * this may be about an older token than a socket's.
 */
async function recheckElsewhere(
  { sessionId, network }: { sessionId: string; network: string | null },
  registry: Registry,
): Promise<void> {
  const elsewhere = [...registry.ofSession(sessionId)].filter(
    ({ client }) => client.network === null || client.network !== network,
  );
  await recheckOrClose(elsewhere, recheckClients);
}

/** Sockets that can't be looked at again come back, and are looked at then. */
async function recheckOrClose(
  sockets: Iterable<OpenSocket>,
  recheck: (sockets: Iterable<OpenSocket>) => Promise<void>,
): Promise<void> {
  const meant = [...sockets];
  await recheck(meant).catch((error: unknown) => {
    for (const socket of meant) socket.close('try_later');
    throw error;
  });
}

/** The sockets of a session on one network. */
function socketsAt(
  registry: Registry,
  { sessionId, network }: { sessionId: string; network: string | null },
): OpenSocket[] {
  return [...registry.ofSession(sessionId)].filter(({ client }) => client.network === network);
}

async function tellPresence(
  computerId: string,
  registry: Registry,
  incumbents: Incumbents,
): Promise<void> {
  const found = await showPresence(computerId);
  if (!found?.online) incumbents.hearGone(computerId);
  for (const [userId, presence] of found?.told ?? []) {
    for (const socket of registry.ofUser(userId)) socket.announce('presence', presence);
  }
}

/** Gives a computer's socket the offers that wait for it, each once; or the one of a connection. */
export async function giveOffers(
  socket: OpenSocket,
  connectionId: string | null = null,
): Promise<void> {
  const { holder } = socket;
  if (holder.kind !== 'host') return;
  for (const offer of await listOffers(holder, connectionId)) {
    if (holder.offered.has(offer.connectionId)) continue;
    holder.offered.add(offer.connectionId);
    socket.announce('offer_relay', offer);
  }
}

function tellOfConnection(event: ConnectionChanged, registry: Registry): void {
  const { attemptId, connectionId, computerId, state, endReason } = event;
  if (isLive(state)) return;
  const reason = endReason ?? state;
  for (const socket of registry.ofComputer(computerId)) {
    if (socket.holder.kind === 'host') socket.holder.offered.delete(connectionId);
    socket.announce('connection_closed', { attemptId, connectionId, reason });
  }
  // That an offer was declined is said by the answer.
  if (state === 'declined') return;
  for (const socket of socketsAt(registry, event)) {
    socket.announce('connection_closed', { attemptId, connectionId, reason });
  }
}

async function tellOfVerification(
  socket: OpenSocket,
  { challengeId, network }: { challengeId: string; network: string },
): Promise<void> {
  const { holder, client } = socket;
  if (holder.kind !== 'client') return;
  const actor = await refreshActor(holder, { client, requestId: randomUUID() });
  const { trustedUntil } = presentClient(actor);
  if (trustedUntil !== null) {
    socket.announce('ip_verified', { network, trustedUntil, challengeId });
  }
}

/** A proof was recorded for another network than the one that was asked about. */
async function tellOfOtherNetwork(
  socket: OpenSocket,
  { challengeId, recordedNetwork }: ChallengeLeftOpen,
): Promise<void> {
  const { holder, client } = socket;
  if (holder.kind !== 'client') return;
  try {
    const there = { ...client, network: recordedNetwork };
    const { trustedUntil } = presentClient(
      await refreshActor(holder, { client: there, requestId: randomUUID() }),
    );
    if (trustedUntil === null) return;
    const actor = await refreshActor(holder, { client, requestId: randomUUID() });
    const { network } = showTo(actor)({ network: recordedNetwork });
    socket.announce('ip_verified', { network, trustedUntil, challengeId, passed: false });
  } catch (error) {
    // The proof has replaced the token that it was opened with: it is closed, and comes back with the new one.
    if (!isGatehouseError(error) || error.code !== 'unauthenticated') throw error;
  }
}
