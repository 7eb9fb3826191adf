import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FromComputer } from './channel';
import { readFromComputer, readServerMessage } from './heard';
import { ServerMessage } from './messages';

const at = '2026-11-22T18:00:00.000Z';
const attempt = { attemptId: 'attempt-1', connectionId: 'connection-1' };
const PAYLOADS: { [A in ServerMessage['action']]: Record<string, unknown>[] } = {
  hello: [
    {
      session: { id: 's', userId: 'u', expiresAt: at },
      connections: [{ ...attempt, state: 'accepted' }],
      stunUrls: ['stun:stun.example.com'],
      client: { address: '9.9.9.9', network: '9.9.9.9/32', trusted: true, reason: null },
    },
    {
      computer: { id: 'c', name: 'Render station' },
      connections: [],
      stunUrls: [],
      client: { address: null, network: null, trusted: false, reason: 'no_header' },
    },
  ],
  offer_received: [{ ...attempt, online: true, expiresAt: at }],
  offer_relay: [{ ...attempt, from: { userId: 'u', name: 'Valerie' }, data: { sdp: '' } }],
  answer_relay: [{ ...attempt, approved: false, data: {} }],
  candex_relay: [{ attemptId: 'attempt-1', data: { candidate: '' } }],
  ip_verified: [
    { network: '9.9.9.9/32', trustedUntil: at, challengeId: 'c' },
    { network: '*:*', trustedUntil: at, challengeId: 'c', passed: false },
  ],
  connection_closed: [{ ...attempt, reason: 'moon_phase' }],
  presence: [
    { computerId: 'c', online: true, lastSeenAt: null },
    { computerId: 'c', online: false, lastSeenAt: at },
  ],
  error: [
    {
      type: 'about:blank',
      title: 'Refused',
      status: 403,
      detail: 'Not from here.',
      code: 'ip_verification_required',
      requestId: 'r',
      attemptId: 'attempt-1',
    },
  ],
};
const MESSAGES = Object.entries(PAYLOADS).flatMap(([action, payloads]) =>
  payloads.map((payload) => ({ version: 1, action, payload })),
);
const FROM_COMPUTER: { [T in FromComputer['type']]: Record<string, unknown> } = {
  echo: { id: 7 },
  facts: {
    name: 'Render station',
    system: 'Linux',
    architecture: 'x64',
    cpus: 8,
    memoryBytes: 1e10,
    program: '1.0',
  },
  monitor: {
    at,
    uptimeSeconds: 3.5,
    load: [0, 1, 2],
    cpu: [0, 0.5, 1],
    memory: { totalBytes: 10, freeBytes: 5 },
    processes: [{ pid: 1, name: 'init', cpu: 0.1, memoryBytes: 100 }],
  },
};
const SAID = Object.entries(FROM_COMPUTER).map(([type, rest]) => ({ type, ...rest }));

/** Every place in a value, by the way to it. */
function placesIn(value: unknown, way: (string | number)[] = []): (string | number)[][] {
  if (typeof value !== 'object' || value === null) return [way];
  const members = Object.entries(value).flatMap(([name, inner]) => placesIn(inner, [...way, name]));
  return [way, ...members];
}

/** The value with something else at a place; undefined takes it away. */
function changed(value: unknown, [first, ...rest]: (string | number)[], by: unknown): unknown {
  if (first === undefined) return by;
  const copy = structuredClone(value) as Record<string | number, unknown>;
  const next = changed(copy[first], rest, by);
  if (next === undefined && !Array.isArray(copy)) delete copy[first];
  else copy[first] = next ?? null;
  return copy;
}

/** What may stand in the place of something. A text that is none of its kind is let pass: nobody reads it so closely. */
const something = fc.oneof(
  fc.constant(undefined),
  fc.constant(at),
  fc.jsonValue({ maxDepth: 2 }).filter((value) => typeof value !== 'string'),
  fc.constantFrom(-1, 0.5, 2, Number.POSITIVE_INFINITY, Number.MAX_SAFE_INTEGER + 1, [], {}),
);

describe.each([
  ['the server', ServerMessage, readServerMessage, MESSAGES],
  ['a computer', FromComputer, readFromComputer, SAID],
] as const)('what is heard of %s', (_, schema, read, examples) => {
  it.each(examples.map((example) => [JSON.stringify(example), example]))('%s', (_text, example) => {
    expect(schema.safeParse(example).success).toBe(true);
    expect(read(example)).toBe(example);
  });

  it('is taken and passed over as its schema says, whatever stands in whatever place', () => {
    const places = examples.flatMap((example) =>
      placesIn(example).map((way) => ({ example, way })),
    );
    const property = fc.property(fc.constantFrom(...places), something, ({ example, way }, by) => {
      const value = changed(example, way, by);
      expect(read(value) !== null).toBe(schema.safeParse(value).success);
    });
    fc.assert(property, { numRuns: 1_000 });
  });

  it('may hold more than is known', () => {
    for (const example of examples) expect(read({ ...example, mood: 'good' })).not.toBeNull();
  });
});
