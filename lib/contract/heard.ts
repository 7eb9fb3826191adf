import type { FromComputer } from './channel';
import type { ServerMessage, ServerPayloads } from './messages';
import { PROTOCOL_VERSION } from './protocol';

/**
 * What a client hears, checked by as little as a page can carry: the shapes stand in `messages.ts` and
 * `channel.ts`, whose own checks are several times as large. `heard.test.ts` holds the two together. What is
 * not of a shape is passed over, and what a later version adds is left alone.
 */

type Check = (value: unknown) => boolean;
type Members = Record<string, Check>;

const text: Check = (value) => typeof value === 'string';
const flag: Check = (value) => typeof value === 'boolean';
/** Not below nothing. JSON has numbers that are infinite here. */
const amount: Check = (value) => Number.isFinite(value) && (value as number) >= 0;
const count: Check = (value) => Number.isSafeInteger(value) && (value as number) >= 0;
const integer: Check = (value) => Number.isSafeInteger(value);
const share: Check = (value) => amount(value) && (value as number) <= 1;
const shortText: Check = (value) => text(value) && (value as string).length <= 200;
const orNull =
  (check: Check): Check =>
  (value) =>
    value === null || check(value);
const optional =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value);
const listOf =
  (check: Check, most = Number.POSITIVE_INFINITY): Check =>
  (value) =>
    Array.isArray(value) && value.length <= most && value.every(check);
const shape =
  (members: Members): Check =>
  (value) =>
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    Object.entries(members).every(([name, check]) =>
      check((value as Record<string, unknown>)[name]),
    );

const object = shape({});
const attempt = { attemptId: text, connectionId: text };

const PAYLOADS: { [A in keyof ServerPayloads]: Members } = {
  hello: {
    session: optional(shape({ id: text, userId: text, expiresAt: text })),
    computer: optional(shape({ id: text, name: text })),
    connections: listOf(shape({ ...attempt, state: text })),
    stunUrls: listOf(text),
    client: shape({
      address: orNull(text),
      network: orNull(text),
      trusted: flag,
      reason: orNull(text),
    }),
  },
  offer_received: { ...attempt, online: flag, expiresAt: text },
  offer_relay: { ...attempt, from: shape({ userId: text, name: text }), data: object },
  answer_relay: { ...attempt, approved: flag, data: object },
  candex_relay: { attemptId: text, data: object },
  ip_verified: {
    network: text,
    trustedUntil: text,
    challengeId: text,
    passed: optional((value) => value === false),
  },
  connection_closed: { ...attempt, reason: text },
  presence: {
    computerId: text,
    online: flag,
    lastSeenAt: orNull(text),
    mayConnect: optional((value) => value === false),
  },
  error: {
    type: text,
    title: text,
    status: integer,
    detail: text,
    code: text,
    requestId: text,
    attemptId: optional(text),
  },
};

const FROM_COMPUTER: Record<FromComputer['type'], Members> = {
  echo: { id: count },
  facts: {
    name: shortText,
    system: shortText,
    architecture: shortText,
    cpus: count,
    memoryBytes: amount,
    program: shortText,
  },
  monitor: {
    at: text,
    uptimeSeconds: amount,
    load: (value) => listOf(amount, 3)(value) && (value as unknown[]).length === 3,
    cpu: listOf(share, 512),
    memory: shape({ totalBytes: amount, freeBytes: amount }),
    processes: listOf(shape({ pid: count, name: shortText, cpu: amount, memoryBytes: amount }), 20),
  },
};

/** A message of the server's; null for what is none. */
export function readServerMessage(value: unknown): ServerMessage | null {
  const { version, action, payload } = (value ?? {}) as Record<string, unknown>;
  const isOne = version === PROTOCOL_VERSION && isOf(PAYLOADS, action, payload);
  return isOne ? (value as ServerMessage) : null;
}

/** What a Team Computer says; null for what is no such thing. */
export function readFromComputer(value: unknown): FromComputer | null {
  const { type } = (value ?? {}) as Record<string, unknown>;
  return isOf(FROM_COMPUTER, type, value) ? (value as FromComputer) : null;
}

const isOf = (shapes: Record<string, Members>, name: unknown, value: unknown) =>
  typeof name === 'string' && Object.hasOwn(shapes, name) && shape(shapes[name] ?? {})(value);
