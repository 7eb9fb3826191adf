import { GatehouseError } from '@/lib/contract/errors';
import type { LiveConnection, ServerPayloads } from '@/lib/contract/messages';
import { deleteOldPayloads } from '@/lib/platform/bus';
import { type Db, transaction } from '@/lib/platform/postgres/database';
import { type Actor, type Origin, requestOrigin } from '@/lib/service/gate/actor';
import { type GatePass, unauthenticated } from '@/lib/service/gate/gate';
import { LIMITS, networkKey, requirePoint } from '@/lib/service/gate/limits';
import type { NewEvent } from '@/lib/store/audit';
import {
  askIncumbent,
  claimComputer,
  type Fallen,
  findComputerByKey,
  findPresence,
  type HostKey,
  type HostSocket,
  noteDuplicate,
  releaseComputers,
  touchComputers,
} from '@/lib/store/computers';
import { findStandingClients } from '@/lib/store/sessions';
import {
  answerOffer,
  type ClientEnd,
  closeFromComputer,
  findAttempt,
  findLiveOfComputer,
  findLiveOfSession,
  findWaitingOffers,
  relayToClient,
  relayToComputer,
  settleConnections,
} from '@/lib/store/signalling';
import { writeTallied } from '@/lib/store/tallies';
import { endConnection, requestConnection } from './connections';

/**
 * Signalling: how a client and a Team Computer find each other. The server carries what they say, keeps
 * where their connection stands, and reads nothing in it.
 */

type Data = Record<string, unknown>;

/** A Team Computer at the other end of a socket, known by its key. */
export type Host = HostKey & {
  teamId: string;
  name: string;
  /** The socket that spoke for it when this one was let in; null: none. */
  incumbent: string | null;
};

/** A computer whose socket was not heard of for so long is offline, and its connections are over. */
const GONE_SECONDS = 75;

/** How soon a program that was turned away may come back. */
const COME_BACK_SECONDS = 60;

/**
 * The computer that a key belongs to. The attack: a key that was copied is used from elsewhere. So it may
 * be bound to networks, and whoever uses it from outside is turned away, and written down.
 * @throws unauthenticated, client_address_unknown, network_not_allowed, too_many_requests
 */
export async function requireHost(keyHash: Uint8Array, origin: Origin): Promise<Host> {
  const { address } = origin.client;
  const computer = await findComputerByKey(keyHash, address);
  if (!computer) throw unauthenticated();
  const { id: computerId, teamId, name, incumbent } = computer;
  const host = { computerId, keyHash, teamId, name, incumbent };
  await requirePoint(LIMITS.hostSocket, placeOf(host, origin));
  if (!computer.isPinned || computer.isAllowed) return host;
  await writeRefusal(host, origin, {
    type: 'computer.refused',
    finding: address === null ? 'no-client-address' : null,
  });
  const headers = { 'Retry-After': String(COME_BACK_SECONDS) };
  if (address === null) {
    throw new GatehouseError(
      'client_address_unknown',
      'The key of this computer works from some networks only, and the server can’t tell from where this request comes.',
      { headers, extra: { reason: origin.client.reason } },
    );
  }
  throw new GatehouseError(
    'network_not_allowed',
    `The key of this computer does not work from ${address}. An owner or admin can allow that network on the Team Computers page.`,
    { headers, extra: { client: { address, network: origin.client.network } } },
  );
}

/** A second program with a key whose first one answers: it is written down. */
export function auditDuplicate(host: Host, origin: Origin): Promise<void> {
  return writeRefusal(host, origin, { type: 'computer.duplicate' }, (tx) =>
    noteDuplicate(tx, host.computerId, origin.client),
  );
}

/** It is turned away, too. */
export async function refuseDuplicate(host: Host, origin: Origin): Promise<never> {
  await auditDuplicate(host, origin);
  throw new GatehouseError(
    'conflict',
    'Another program speaks for this computer with the same key. Stop one of the two; if the other is not yours, make a new host key on the Team Computers page.',
    { headers: { 'Retry-After': String(COME_BACK_SECONDS) } },
  );
}

/** Audits that somebody with a computer's key was turned away. Programs come back again and again. */
async function writeRefusal(
  host: Host,
  origin: Origin,
  event: Pick<NewEvent, 'type' | 'finding'>,
  also: (tx: Db) => Promise<void> = async () => undefined,
): Promise<void> {
  const { computerId, teamId, name } = host;
  await transaction(async (tx) => {
    const { count } = await writeTallied(
      tx,
      requestOrigin(origin, { actorKind: 'computer', computerId }),
      { ...event, teamId, after: { computerId, name } },
    );
    if (count === 0) await also(tx);
  });
}

const placeOf = ({ computerId }: Host, { client }: Origin) => `${computerId} ${networkKey(client)}`;

/**
 * Makes a socket the one that speaks for a computer, in place of none or of the one that gave no answer.
 * @returns whether it is; or the socket that came in between, or that the key may not be used from there any more
 * @throws unauthenticated
 */
export async function comeOnline(
  host: Host,
  socketId: string,
  { client, requestId }: Origin,
): Promise<'claimed' | 'not-allowed' | { takenBy: string }> {
  const { address, network } = client;
  const claim = { socketId, replaces: host.incumbent, address, network, requestId };
  const state = await claimComputer(host, claim);
  if (state === 'key-gone') throw unauthenticated();
  return state;
}

/** Asks the socket that speaks for a computer for a sign of life. @returns false when none does any more */
export const askSpeaker = askIncumbent;

/** The computers that these sockets speak for go offline. */
export async function goOffline(socketIds: string[]): Promise<void> {
  if (socketIds.length > 0) await releaseComputers(socketIds);
}

/**
 * Says that these sockets of computers are still there.
 * @returns those that do not speak for their computer, and why
 */
export function stayOnline(sockets: HostSocket[]): Promise<Map<string, Fallen>> {
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

/** Whether a computer is online, as each is told who may know. Null: it is gone. */
export async function showPresence(
  computerId: string,
): Promise<{ online: boolean; told: Map<string, ServerPayloads['presence']> } | null> {
  const found = await findPresence(computerId);
  if (!found) return null;
  const { online, userIds, managerIds } = found;
  const lastSeenAt = found.lastSeenAt?.toISOString() ?? null;
  const presence = { computerId, online, lastSeenAt };
  const told = new Map<string, ServerPayloads['presence']>();
  for (const id of managerIds) told.set(id, { ...presence, mayConnect: false });
  for (const id of userIds) told.set(id, presence);
  return { online, told };
}

function clientEnd({ session, client }: Actor): ClientEnd {
  return { sessionId: session.id, network: client.network };
}

function noAttempt(): GatehouseError {
  return new GatehouseError('not_found', 'There is no such attempt, or it has ended.');
}
