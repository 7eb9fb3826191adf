import { randomUUID } from 'node:crypto';
import { refreshActor } from '@/lib/auth/socket-actor';
import { GatehouseError } from '@/lib/contract/errors';
import { ClientMessage, HostMessage } from '@/lib/contract/messages';
import { presentProblem } from '@/lib/contract/problem';
import { validate } from '@/lib/contract/validate';
import { runWithClient } from '@/lib/platform/client-store';
import {
  answer,
  cancelOffer,
  endFromComputer,
  offer,
  sendToClient,
  sendToComputer,
} from '@/lib/service/computers/signalling';
import type { Origin } from '@/lib/service/gate/actor';
import { passGate } from '@/lib/service/gate/gate';
import { inSessionTurn, requireBudget } from '@/lib/service/gate/turns';
import { knownError, logFailure } from '@/lib/service/known-error';
import type { Counters } from './counters';
import { LIMITS } from './limits';
import type { OpenSocket, SocketHolder } from './open-socket';

const EXCESS_RETRY_SECONDS = 10;

type ClientHolder = SocketHolder & { kind: 'client' };
type HostHolder = SocketHolder & { kind: 'host' };

/**
 * Answers one message. The attack: a right that was there when the socket was opened, or a second ago,
 * and is gone now. So each message of a client's is a request of its own: the facts of this moment, the
 * gate, then the act. What a computer asks is found by its key, in the same statement that acts.
 */
export async function answerMessage(
  socket: OpenSocket,
  text: string,
  waitedMs: number,
  counters: Counters,
): Promise<void> {
  const origin = { client: socket.client, requestId: randomUUID() };
  const json = parseJson(text);
  const refuse = (error: unknown) =>
    presentError(socket, error, origin.requestId, attemptOf(json), counters);
  let act: () => Promise<void>;
  try {
    act = prepare(socket, json, origin, waitedMs);
  } catch (error) {
    refuse(error);
    socket.countFault();
    return;
  }
  await runWithClient(origin.client, act, origin.requestId).catch(refuse);
}

/** What a message asks for. @throws invalid_request when it is not of the protocol */
function prepare(
  socket: OpenSocket,
  json: unknown,
  origin: Origin,
  waitedMs: number,
): () => Promise<void> {
  const { holder } = socket;
  if (holder.kind === 'host') {
    const message = validate(HostMessage, json);
    return () => actForHost(holder, message, origin);
  }
  const message = validate(ClientMessage, json);
  return async () => {
    // Its client may have given up by now, and an offer that comes so late is no wish any more.
    if (message.action === 'offer' && waitedMs > LIMITS.offerWaitMs) throw busy();
    requireBudget('message', holder.tokenHash, origin.client);
    await inSessionTurn(holder.tokenHash, origin.client, () =>
      actForClient(socket, holder, message, origin),
    );
  };
}

/** An offer is always answered: also one that is not looked at any more. */
export function answerExcess(socket: OpenSocket, text: string, counters: Counters): void {
  const json = parseJson(text);
  if ((json as { action?: unknown } | null)?.action !== 'offer') return;
  const error = new GatehouseError('too_many_requests', 'This socket sends too much at once.', {
    extra: { retryAfterSeconds: EXCESS_RETRY_SECONDS },
  });
  presentError(socket, error, randomUUID(), attemptOf(json), counters);
}

function busy(): GatehouseError {
  return new GatehouseError(
    'unavailable',
    'The server had no time for this offer: nothing was done. Repeat it shortly.',
    { extra: { retryAfterSeconds: EXCESS_RETRY_SECONDS } },
  );
}

async function actForClient(
  socket: OpenSocket,
  session: ClientHolder,
  message: ClientMessage,
  origin: Origin,
): Promise<void> {
  if (message.action === 'offer') {
    const { payload } = message;
    const actor = await refreshActor(session, origin, payload.to);
    if (!actor.computer) {
      throw new GatehouseError(
        'not_found',
        'There is no such computer, or you may not connect to it.',
      );
    }
    const pass = await passGate(actor, 'computer.connect');
    socket.send('offer_received', await offer(actor, pass, payload));
    return;
  }
  const { attemptId } = message.payload;
  const actor = await refreshActor(session, origin);
  const pass = await passGate(actor, 'api.read');
  if (message.action === 'offer_cancel') await cancelOffer(actor, pass, attemptId);
  else await sendToComputer(actor, attemptId, message.payload.data);
}

function actForHost(host: HostHolder, message: HostMessage, { requestId }: Origin): Promise<void> {
  const { attemptId } = message.payload;
  switch (message.action) {
    case 'answer':
      return answer(host, message.payload, requestId);
    case 'offer_cancel':
      return endFromComputer(host, attemptId, requestId);
    case 'candex':
      return sendToClient(host, attemptId, message.payload.data);
  }
}

/** @returns undefined for what is not JSON */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The attempt that a message names, so that its sender can tell which one was refused. */
function attemptOf(json: unknown): string | undefined {
  const { payload } = (json ?? {}) as { payload?: { attemptId?: unknown } | null };
  const attemptId = payload?.attemptId;
  return typeof attemptId === 'string' && attemptId.length <= 64 ? attemptId : undefined;
}

function presentError(
  socket: OpenSocket,
  error: unknown,
  requestId: string,
  attemptId: string | undefined,
  counters: Counters,
): void {
  const known = knownError(error);
  logFailure(error, { requestId });
  if (known.code === 'unauthenticated') {
    socket.close('unauthenticated');
    return;
  }
  if (known.code === 'ip_verification_required') counters.add('refused_offers');
  const { body } = presentProblem(known, requestId);
  socket.send('error', attemptId === undefined ? body : { ...body, attemptId });
}
