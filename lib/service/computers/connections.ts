import { GatehouseError } from '@/lib/contract/errors';
import type { Connection } from '@/lib/contract/resources';
import { database, isUniqueViolation } from '@/lib/platform/postgres/database';
import { BusyError } from '@/lib/platform/turns';
import {
  CONNECTION_WAIT_SECONDS,
  endedBy,
  OFFERS_A_MINUTE,
  stateAt,
  WAITING_OFFERS_MAX,
} from '@/lib/policy/connection-state';
import { act } from '@/lib/service/gate/act';
import type { Actor } from '@/lib/service/gate/actor';
import { type GatePass, passGate, unauthenticated } from '@/lib/service/gate/gate';
import {
  type CreatedConnection,
  changeConnectionState,
  createConnection,
  findConnection,
  type StoredConnection,
} from '@/lib/store/connections';
import { findFactsOfSession } from '@/lib/store/session-facts';

/**
 * Asks for a connection to a Team Computer. The gate was passed; what it decided by is held until the
 * connection is written.
 * @throws not_found, unauthenticated, ip_verification_required
 */
export async function connect(
  actor: Actor,
  pass: GatePass,
  computerId: string,
  offer: Record<string, unknown> | undefined,
): Promise<{ connection: Connection }> {
  const created = await requestConnection(actor, pass, { computerId, offer, attemptId: null });
  return { connection: presentConnection(created, actor.now) };
}

/**
 * The same for both edges. @param wish `attemptId`: the client's name for the attempt, if it has one
 * @throws not_found, unauthenticated, ip_verification_required, conflict; a BusyError when it is changed each time
 */
export async function requestConnection(
  actor: Actor,
  pass: GatePass,
  wish: {
    computerId: string;
    offer: Record<string, unknown> | undefined;
    attemptId: string | null;
  },
  tries = 3,
): Promise<CreatedConnection> {
  const result = await createConnection({
    guard: pass,
    mode: pass.mode,
    ...wish,
    network: actor.client.network,
    address: actor.client.address,
    finding: pass.finding,
    requestId: actor.requestId,
  }).catch((error: unknown) => {
    if (!isUniqueViolation(error)) throw error;
    throw new GatehouseError(
      'conflict',
      'A live connection has this attemptId already. Repeat the offer with another.',
    );
  });
  if (typeof result === 'object' && 'waitSeconds' in result) {
    const { waitSeconds } = result;
    throw new GatehouseError(
      'too_many_requests',
      `${OFFERS_A_MINUTE} offers a minute are enough for a person. Try again in ${waitSeconds} seconds.`,
      {
        headers: { 'Retry-After': String(waitSeconds) },
        extra: { retryAfterSeconds: waitSeconds },
      },
    );
  }
  if (result === 'too-many')
    throw new GatehouseError(
      'too_many_requests',
      `${WAITING_OFFERS_MAX} offers of this session wait for an answer. Cancel some, or wait.`,
      {
        headers: { 'Retry-After': String(CONNECTION_WAIT_SECONDS) },
        extra: { retryAfterSeconds: CONNECTION_WAIT_SECONDS },
      },
    );
  if (result === 'stale') {
    if (tries === 1) throw new BusyError('what a connection rests on changes all the time', false);
    // Answered as if the call had come now.
    const now = await requireFacts(actor, wish.computerId);
    return requestConnection(now, await passGate(now, 'computer.connect'), wish, tries - 1);
  }
  return result;
}

/** The actor as he is now, where what was read of him is out of date. @throws unauthenticated, not_found */
async function requireFacts(actor: Actor, computerId: string): Promise<Actor> {
  const facts = await findFactsOfSession(actor.session.id, actor.client.network, computerId);
  if (!facts) throw unauthenticated();
  if (!facts.computer) throw noComputer();
  return { ...facts, client: actor.client, requestId: actor.requestId };
}

function noComputer(): GatehouseError {
  return new GatehouseError(
    'not_found',
    'This computer was removed, or you may no longer connect to it.',
  );
}

/** @throws not_found */
export async function showConnection(
  actor: Actor,
  id: string,
): Promise<{ connection: Connection }> {
  const row = await requireConnection(actor, id);
  return { connection: presentConnection(row, row.now) };
}

/** Cancels a connection that waits, or closes one that runs. Ending an ended one changes nothing. @throws not_found */
export async function endConnection(actor: Actor, pass: GatePass, id: string): Promise<void> {
  const row = await requireConnection(actor, id);
  const to = endedBy(stateAt(row.state, row.expiresAt, row.now));
  if (to === null) return;
  await act(actor, pass, async (tx, audit) => {
    if (!(await changeConnectionState(tx, id, row.state, to))) return;
    await audit({
      type: 'connection.ended',
      teamId: row.teamId,
      after: { connectionId: id, state: to },
    });
  });
}

async function requireConnection(actor: Actor, id: string) {
  const row = await findConnection(database().prisma, id, actor.user.id);
  if (!row) throw new GatehouseError('not_found', 'There is no such connection.');
  return row;
}

function presentConnection(row: StoredConnection, now: Date): Connection {
  return {
    id: row.id,
    computerId: row.computerId,
    state: stateAt(row.state, row.expiresAt, now),
    createdAt: row.createdAt.toISOString(),
    expiresAt: row.expiresAt.toISOString(),
    endReason: row.endReason,
  };
}
