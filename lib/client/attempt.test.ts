import { describe, expect, it } from 'vitest';
import type { ServerMessage } from '@/lib/contract/messages';
import { CONNECTION_END_REASONS } from '@/lib/policy/connection-state';
import { type Attempt, type AttemptEvent, FIRST, nextAttempt } from './attempt';

const attemptId = 'attempt-1';
const connectionId = 'connection-1';
const expiresAt = '2026-11-22T18:01:00.000Z';
const network = '9.9.9.9/32';

const said = <A extends ServerMessage['action']>(
  action: A,
  payload: Partial<Extract<ServerMessage, { action: A }>['payload']>,
): AttemptEvent => ({
  type: 'message',
  message: { version: 1, action, payload } as unknown as ServerMessage,
});
const error = (code: string, more: object = { attemptId }) =>
  said('error', { code, detail: '', ...more } as object);
const hello = (state?: 'waiting_for_host' | 'accepted') =>
  said('hello', { connections: state ? [{ attemptId, connectionId, state }] : [] });

const offered: AttemptEvent = { type: 'offered', attemptId };
const received = said('offer_received', { attemptId, connectionId, online: true, expiresAt });
const approved = said('answer_relay', { attemptId, connectionId, approved: true, data: {} });
const opened: AttemptEvent = { type: 'channel_open' };
const required = error('ip_verification_required', { attemptId, client: { network } });

const after = (...events: AttemptEvent[]): Attempt => events.reduce(nextAttempt, FIRST);
const kindOf = (attempt: Attempt) => (attempt.step === 'ended' ? attempt.ending.kind : null);

const checking = after(offered);
const waiting = after(offered, received);
const connecting = after(offered, received, approved);
const connected = after(offered, received, approved, opened);
const verifying = after(offered, required);

it('passes its states in order', () => {
  expect(FIRST.step).toBe('checking');
  expect(checking).toEqual({ step: 'checking', attemptId });
  expect(waiting).toEqual({ step: 'waiting', attemptId, online: true, expiresAt });
  expect(connecting.step).toBe('connecting');
  expect(connected.step).toBe('connected');
});

describe('the gate', () => {
  it('a refusal asks, and the passed prompt leads to a new offer', () => {
    expect(verifying).toMatchObject({ step: 'verifying', refusal: { client: { network } } });
    expect(nextAttempt(verifying, { type: 'prompt_closed', isPassed: true })).toBe(FIRST);
  });

  it('a verification elsewhere leads to a new offer, on this network alone', () => {
    expect(nextAttempt(verifying, said('ip_verified', { network }))).toBe(FIRST);
    expect(nextAttempt(verifying, said('ip_verified', { network: '6.7.8.9/32' }))).toBe(verifying);
    expect(nextAttempt(connected, said('ip_verified', { network }))).toBe(connected);
  });

  it('going back ends it', () => {
    const ended = nextAttempt(verifying, { type: 'prompt_closed', isPassed: false });
    expect(kindOf(ended)).toBe('not_verified');
  });
});

describe('refusals', () => {
  it.each(['too_many_requests', 'not_found', 'unavailable', 'conflict', 'client_address_unknown'])(
    '%s of the offer is shown as it is',
    (code) => {
      expect(nextAttempt(checking, error(code))).toMatchObject({
        step: 'ended',
        ending: { kind: 'refused', problem: { code } },
      });
    },
  );

  it('one without a name is about the offer, while nothing else was sent', () => {
    expect(kindOf(nextAttempt(checking, error('unavailable', {})))).toBe('refused');
    expect(nextAttempt(FIRST, error('unavailable', {}))).toBe(FIRST);
    expect(nextAttempt(connected, error('unavailable', {}))).toBe(connected);
  });

  it('one of a later message ends nothing', () => {
    for (const attempt of [waiting, connecting, connected]) {
      expect(nextAttempt(attempt, error('too_many_requests'))).toBe(attempt);
    }
  });
});

describe('ends', () => {
  it.each(CONNECTION_END_REASONS)('revoked because of %s, at once', (reason) => {
    for (const attempt of [waiting, connecting, connected]) {
      const ended = nextAttempt(
        attempt,
        said('connection_closed', { attemptId, connectionId, reason }),
      );
      expect(kindOf(ended)).toBe(reason);
    }
  });

  it('a reason from a later version is a revocation', () => {
    const closed = said('connection_closed', {
      attemptId,
      connectionId,
      reason: 'new' as 'revoked',
    });
    const ended = nextAttempt(connected, closed);
    expect(kindOf(ended)).toBe('revoked');
  });

  it('declined', () => {
    const declined = said('answer_relay', { attemptId, connectionId, approved: false, data: {} });
    expect(kindOf(nextAttempt(waiting, declined))).toBe('declined');
  });

  it.each(['declined', 'expired', 'closed', 'computer_gone'] as const)('closed as %s', (reason) => {
    const closed = said('connection_closed', { attemptId, connectionId, reason });
    expect(kindOf(nextAttempt(connected, closed))).toBe(reason);
  });

  it('the way was not found, or is gone', () => {
    expect(kindOf(nextAttempt(connecting, { type: 'channel_lost' }))).toBe('unreachable');
    expect(kindOf(nextAttempt(connected, { type: 'channel_lost' }))).toBe('lost');
    expect(nextAttempt(waiting, { type: 'channel_lost' })).toBe(waiting);
  });

  it('the person leaves, sooner or later', () => {
    expect(kindOf(nextAttempt(connected, { type: 'leave' }))).toBe('left');
    expect(kindOf(nextAttempt(waiting, { type: 'leave' }))).toBe('cancelled');
  });

  it('the session is over', () => {
    expect(kindOf(nextAttempt(connected, { type: 'signed_out' }))).toBe('session_ended');
  });

  it('are final; only one without a reason is explained by what the server says after it', () => {
    const left = nextAttempt(connected, { type: 'leave' });
    const lost = nextAttempt(connected, { type: 'channel_lost' });
    const unseen = nextAttempt(connected, hello());
    const revoked = said('connection_closed', {
      attemptId,
      connectionId,
      reason: 'network_revoked',
    });
    const closed = said('connection_closed', { attemptId, connectionId, reason: 'closed' });
    expect(nextAttempt(left, revoked)).toBe(left);
    expect(kindOf(nextAttempt(lost, revoked))).toBe('network_revoked');
    expect(nextAttempt(lost, closed)).toBe(lost);
    expect(kindOf(nextAttempt(unseen, closed))).toBe('closed');
    for (const ended of [left, lost, unseen]) {
      expect(nextAttempt(ended, { type: 'leave' })).toBe(ended);
    }
  });

  it('lead to a new attempt when the person wants one, and not before', () => {
    expect(nextAttempt(after(offered, { type: 'leave' }), { type: 'again' })).toBe(FIRST);
    expect(nextAttempt(connected, { type: 'again' })).toBe(connected);
  });
});

describe('a lost socket', () => {
  it('the offer of which nothing was heard is made again', () => {
    expect(nextAttempt(checking, { type: 'socket_lost' })).toBe(FIRST);
  });

  it('harms nothing that runs', () => {
    for (const attempt of [verifying, waiting, connecting, connected]) {
      expect(nextAttempt(attempt, { type: 'socket_lost' })).toBe(attempt);
    }
  });

  it('what the hello after it does not name has ended', () => {
    for (const attempt of [waiting, connecting, connected]) {
      expect(kindOf(nextAttempt(attempt, hello()))).toBe('unseen');
    }
    expect(nextAttempt(connected, hello('accepted'))).toBe(connected);
    expect(nextAttempt(waiting, hello('waiting_for_host'))).toBe(waiting);
  });

  it('an answer that went unheard needs a new offer', () => {
    expect(nextAttempt(waiting, hello('accepted'))).toBe(FIRST);
  });

  it('says nothing about what is asked just now', () => {
    expect(nextAttempt(checking, hello())).toBe(checking);
    expect(nextAttempt(verifying, hello())).toBe(verifying);
  });
});

it('hears what is said of its own attempt alone', () => {
  const other = { attemptId: 'attempt-2', connectionId };
  const events = [
    said('offer_received', { ...other, online: true, expiresAt }),
    said('answer_relay', { ...other, approved: true, data: {} }),
    said('connection_closed', { ...other, reason: 'closed' }),
    said('connection_closed', { ...other, reason: 'network_revoked' }),
    error('not_found', other),
  ];
  for (const attempt of [FIRST, checking, waiting, connecting, connected]) {
    for (const event of events) expect(nextAttempt(attempt, event)).toBe(attempt);
  }
});

it('knows while it waits whether the computer is online', () => {
  const event: AttemptEvent = { type: 'presence', online: false };
  expect(nextAttempt(waiting, event)).toMatchObject({ step: 'waiting', online: false });
  expect(nextAttempt(connected, event)).toBe(connected);
});
