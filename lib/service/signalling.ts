import { GatehouseError } from '@/lib/contract/errors';
import type { LiveConnection, ServerPayloads } from '@/lib/contract/gateway';
import { deleteOldPayloads } from '@/lib/platform/bus';
import {
  answerOffer,
  type ClientEnd,
  claimComputer,
  closeFromComputer,
  findAttempt,
  findComputerByKey,
  findLiveOfComputer,
  findLiveOfSession,
  findPresence,
  findStandingClients,
  findWaitingOffers,
  type HostKey,
  type HostSocket,
  relayToClient,
  relayToComputer,
  releaseComputers,
  settleConnections,
  touchComputers,
} from '@/lib/store/signalling';
import type { Actor } from './actor';
import { endConnection, requestConnection } from './connections';
import { type GatePass, unauthenticated } from './gate';

/**
 * Signalling: how a client and a Team Computer find each other. The server carries what they say, keeps
 * where their connection stands, and reads nothing in it.
 */

type Data = Record<string, unknown>;

/** A Team Computer at the other end of a socket, known by its key. */
export type Host = HostKey & { name: string };

/** A computer whose socket was not heard of for so long is offline, and its connections are over. */
const GONE_SECONDS = 75;

/** The computer that a key belongs to. @throws unauthenticated */
export async function requireHost(keyHash: Uint8Array): Promise<Host> {
  const computer = await findComputerByKey(keyHash);
  if (!computer) throw unauthenticated();
  return { computerId: computer.id, keyHash, name: computer.name };
}

/** Makes a socket the one that speaks for a computer, in place of any other. @throws unauthenticated */
export async function comeOnline(host: Host, socketId: string): Promise<void> {
  if (!(await claimComputer(host, socketId))) throw unauthenticated();
}

/** The computers that these sockets speak for go offline. */
export async function goOffline(socketIds: string[]): Promise<void> {
  if (socketIds.length > 0) await releaseComputers(socketIds);
}

/**
 * Says that these sockets of computers are still there.
 * @returns those that do not speak for their computer, and whether another does
 */
export function stayOnline(sockets: HostSocket[]): Promise<Map<string, 'replaced' | 'offline'>> {
  return touchComputers(sockets);
}

/** Writes down what ended while nobody was there to say so. Every instance may do it at any time. */
export async function settle(): Promise<void> {
  await settleConnections(GONE_SECONDS);
  await deleteOldPayloads();
}

/** Which sockets of clients still stand: the places in the list. */
export const standingClients = findStandingClients;

/**
 * Offers a connection to a Team Computer. The gate was passed with facts of this moment.
 * @throws not_found, conflict, unauthenticated, ip_verification_required
 */
export async function offer(
  actor: Actor,
  pass: GatePass,
  { attemptId, to, data }: { attemptId: string; to: string; data: Data },
): Promise<ServerPayloads['offer_received']> {
  const created = await requestConnection(actor, pass, { computerId: to, offer: data, attemptId });
  return {
    attemptId,
    connectionId: created.id,
    online: created.online,
    expiresAt: created.expiresAt.toISOString(),
  };
}

/** Cancels the client's attempt, or closes its connection. @throws not_found */
export async function cancelOffer(actor: Actor, pass: GatePass, attemptId: string): Promise<void> {
  const id = await findAttempt(clientEnd(actor), attemptId);
  if (id === null) throw noAttempt();
  await endConnection(actor, pass, id);
}

/** @throws not_found */
export async function sendToComputer(actor: Actor, attemptId: string, data: Data): Promise<void> {
  if (!(await relayToComputer(clientEnd(actor), attemptId, data))) throw noAttempt();
}

/** @throws not_found */
export async function sendToClient(host: Host, attemptId: string, data: Data): Promise<void> {
  if (!(await relayToClient(host, attemptId, data))) throw noAttempt();
}

/** The computer's answer to an offer. @throws not_found */
export async function answer(
  host: Host,
  reply: { attemptId: string; approved: boolean; data: Data },
  requestId: string,
): Promise<void> {
  if (!(await answerOffer(host, { ...reply, requestId }))) throw noAttempt();
}

/** The computer ends a connection, or turns an offer down. @throws not_found */
export async function endFromComputer(
  host: Host,
  attemptId: string,
  requestId: string,
): Promise<void> {
  if (!(await closeFromComputer(host, attemptId, requestId))) throw noAttempt();
}

/** The offers that wait for a computer: all, or that of one connection. */
export async function listOffers(
  host: Host,
  connectionId: string | null = null,
): Promise<ServerPayloads['offer_relay'][]> {
  const rows = await findWaitingOffers(host, connectionId);
  return rows.map((row) => ({
    attemptId: row.attemptId,
    connectionId: row.connectionId,
    from: { userId: row.userId, name: row.userName },
    data: row.offer,
  }));
}

/** What is live at a computer. */
export function listLiveOfComputer(host: Host): Promise<LiveConnection[]> {
  return findLiveOfComputer(host);
}

/** What is live of the actor's session on this network. */
export function listLiveOfSession(actor: Actor): Promise<LiveConnection[]> {
  return findLiveOfSession(actor.session.id, actor.client.network);
}

/** Whether a computer is online, and who may know. Null: it is gone. */
export async function showPresence(
  computerId: string,
): Promise<{ userIds: string[]; presence: ServerPayloads['presence'] } | null> {
  const found = await findPresence(computerId);
  if (!found) return null;
  const { userIds, online, lastSeenAt } = found;
  return {
    userIds,
    presence: { computerId, online, lastSeenAt: lastSeenAt?.toISOString() ?? null },
  };
}

function clientEnd({ session, client }: Actor): ClientEnd {
  return { sessionId: session.id, network: client.network };
}

function noAttempt(): GatehouseError {
  return new GatehouseError('not_found', 'There is no such attempt, or it has ended.');
}
