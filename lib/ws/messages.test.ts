import { describe, expect, it } from 'vitest';
import type { Problem } from '@/lib/contract/problem';
import { Counters } from './counters';
import { LIMITS } from './limits';
import { answerExcess, answerMessage } from './messages';
import type { OpenSocket } from './open-socket';

/** A client's socket as far as an answer needs it: nothing here may ask the database. */
function makeSocket() {
  const sent: [string, Problem & { attemptId?: string }][] = [];
  const socket = {
    holder: { kind: 'client' },
    client: { address: '203.0.113.7', network: '203.0.113.7/32' },
    send: (action: string, payload: Problem) => sent.push([action, payload]),
  } as unknown as OpenSocket;
  return { socket, sent };
}

const attemptId = 'attempt-1';
const offer = JSON.stringify({
  version: 1,
  action: 'offer',
  payload: { attemptId, to: 'cmp_1', data: {} },
});

describe('C13: an offer is always answered', () => {
  it('one that waited for too long, by unavailable, and nothing is done', async () => {
    const { socket, sent } = makeSocket();
    await answerMessage(socket, offer, LIMITS.offerWaitMs + 1, new Counters());
    expect(sent).toEqual([
      ['error', expect.objectContaining({ code: 'unavailable', attemptId, retryAfterSeconds: 10 })],
    ]);
  });

  it('one too many, by too_many_requests', () => {
    const { socket, sent } = makeSocket();
    answerExcess(socket, offer, new Counters());
    expect(sent).toEqual([
      ['error', expect.objectContaining({ code: 'too_many_requests', attemptId })],
    ]);
  });

  it.each(['', 'null', '[]', '{', '{"action":"candex"}'])('%j is no offer', (text) => {
    const { socket, sent } = makeSocket();
    answerExcess(socket, text, new Counters());
    expect(sent).toEqual([]);
  });
});
