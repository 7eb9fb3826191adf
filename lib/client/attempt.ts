import type { ServerMessage, ServerPayloads } from '@/lib/contract/messages';
import type { Problem } from '@/lib/contract/problem';
import type { GateProblem } from '@/lib/contract/resources';
import {
  CONNECTION_END_REASONS,
  type ConnectionEndReason,
  type ConnectionState,
} from '@/lib/policy/connection-state';

const END_STATES = [
  'declined',
  'expired',
  'cancelled',
  'closed',
  'revoked',
] as const satisfies readonly ConnectionState[];

/** How an attempt ended, where it was not refused. */
export type EndingKind =
  | (typeof END_STATES)[number]
  | ConnectionEndReason
  /** The person disconnected. */
  | 'left'
  /** The person did not verify the network. */
  | 'not_verified'
  /** No way was found from this browser to the computer. */
  | 'unreachable'
  /** The way that there was is gone. */
  | 'lost'
  /** It ended while the server could not say so. */
  | 'unseen'
  /** This browser makes no such connections. */
  | 'unsupported';

export type Ending = { kind: 'refused'; problem: Problem } | { kind: EndingKind };

/** One attempt to connect, from the offer to its end. */
export type Attempt =
  /** `attemptId` null: the offer is still to be made. */
  | { step: 'checking'; attemptId: string | null }
  | { step: 'verifying'; attemptId: string; refusal: Problem & GateProblem }
  | { step: 'waiting'; attemptId: string; online: boolean; expiresAt: string }
  | { step: 'connecting' | 'connected'; attemptId: string }
  | { step: 'ended'; attemptId: string | null; ending: Ending };

export type AttemptEvent =
  | { type: 'offered'; attemptId: string }
  | { type: 'message'; message: ServerMessage }
  /** The computer came online or went offline. */
  | { type: 'presence'; online: boolean }
  | { type: 'socket_lost' }
  | { type: 'signed_out' }
  | { type: 'prompt_closed'; isPassed: boolean }
  | { type: 'channel_open' }
  | { type: 'channel_lost' }
  | { type: 'unsupported' }
  | { type: 'leave' }
  | { type: 'again' };

export const FIRST: Attempt = { step: 'checking', attemptId: null };

/** What an event makes of an attempt; the same object where it changes nothing. */
export function nextAttempt(attempt: Attempt, event: AttemptEvent): Attempt {
  switch (event.type) {
    case 'again':
      return attempt.step === 'ended' ? FIRST : attempt;
    case 'offered':
      return attempt.step === 'checking'
        ? { step: 'checking', attemptId: event.attemptId }
        : attempt;
    case 'presence':
      return attempt.step === 'waiting' ? { ...attempt, online: event.online } : attempt;
    case 'socket_lost':
      // Whether the offer arrived can't be known: it is made again.
      return attempt.step === 'checking' ? FIRST : attempt;
    case 'signed_out':
      return end(attempt, 'session_ended');
    case 'prompt_closed':
      if (attempt.step !== 'verifying') return attempt;
      return event.isPassed ? FIRST : end(attempt, 'not_verified');
    case 'channel_open':
      return attempt.step === 'connecting' ? { ...attempt, step: 'connected' } : attempt;
    case 'channel_lost':
      return attempt.step === 'connecting'
        ? end(attempt, 'unreachable')
        : attempt.step === 'connected'
          ? end(attempt, 'lost')
          : attempt;
    case 'unsupported':
      return end(attempt, 'unsupported');
    case 'leave':
      if (attempt.step === 'ended') return attempt;
      return end(attempt, attempt.step === 'connected' ? 'left' : 'cancelled');
    case 'message':
      return afterMessage(attempt, event.message);
  }
}

function afterMessage(attempt: Attempt, message: ServerMessage): Attempt {
  if (message.action === 'hello') return afterHello(attempt, message.payload);
  if (message.action === 'ip_verified') {
    const isAskedFor =
      attempt.step === 'verifying' && attempt.refusal.client.network === message.payload.network;
    return isAskedFor ? FIRST : attempt;
  }
  if (message.action === 'error') return afterError(attempt, message.payload);
  if (!('attemptId' in message.payload) || message.payload.attemptId !== attempt.attemptId) {
    return attempt;
  }
  const { attemptId } = message.payload;
  switch (message.action) {
    case 'offer_received': {
      const { online, expiresAt } = message.payload;
      return attempt.step === 'checking'
        ? { step: 'waiting', attemptId, online, expiresAt }
        : attempt;
    }
    case 'answer_relay':
      if (attempt.step !== 'waiting' && attempt.step !== 'checking') return attempt;
      return message.payload.approved
        ? { step: 'connecting', attemptId }
        : end(attempt, 'declined');
    case 'connection_closed':
      return end(attempt, endingOf(message.payload.reason));
    default:
      return attempt;
  }
}

/** What the server says is live, after a time in which it may have said things that nobody heard. */
function afterHello(attempt: Attempt, { connections }: ServerPayloads['hello']): Attempt {
  if (attempt.step === 'ended' || attempt.step === 'checking' || attempt.step === 'verifying') {
    return attempt;
  }
  const ours = connections.find(({ attemptId }) => attemptId === attempt.attemptId);
  if (!ours) return end(attempt, 'unseen');
  // The answer came and went unheard: only a new offer brings another.
  return attempt.step === 'waiting' && ours.state === 'accepted' ? FIRST : attempt;
}

function afterError(attempt: Attempt, problem: ServerPayloads['error']): Attempt {
  const isOurs = problem.attemptId === attempt.attemptId;
  // All that was sent so far is the offer, so that an error without a name is about that too.
  if (attempt.step !== 'checking' || attempt.attemptId === null) return attempt;
  if (!isOurs && problem.attemptId !== undefined) return attempt;
  if (problem.code === 'ip_verification_required') {
    const refusal = problem as unknown as Problem & GateProblem;
    return { step: 'verifying', attemptId: attempt.attemptId, refusal };
  }
  return { step: 'ended', attemptId: attempt.attemptId, ending: { kind: 'refused', problem } };
}

/** An end is final; only where its reason was not known, the server may still say it. */
function end(attempt: Attempt, kind: EndingKind): Attempt {
  if (attempt.step === 'ended' && !saysMore(kind, attempt.ending.kind)) return attempt;
  return { step: 'ended', attemptId: attempt.attemptId, ending: { kind } };
}

export const REVOCATIONS: readonly EndingKind[] = ['revoked', ...CONNECTION_END_REASONS];
const SERVERS_ENDINGS: readonly EndingKind[] = [...END_STATES, ...CONNECTION_END_REASONS];

function saysMore(kind: EndingKind, than: Ending['kind']): boolean {
  if (than === 'unseen') return SERVERS_ENDINGS.includes(kind);
  // That a lost connection was closed after that is no reason.
  return than === 'lost' && REVOCATIONS.includes(kind);
}

/** Whatever this version does not know is a connection that was revoked. */
function endingOf(reason: unknown): EndingKind {
  return SERVERS_ENDINGS.find((known) => known === reason) ?? 'revoked';
}
