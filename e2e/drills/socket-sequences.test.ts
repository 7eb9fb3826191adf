import fc from 'fast-check';
import { beforeAll, expect, it, vi } from 'vitest';
import type { ErrorCode } from '@/lib/contract/errors';
import { LIMITS } from '@/lib/ws/limits';
import { sharedServer, THIEF } from '../support/harness';
import { type Message, type SocketCall, TestSocket } from '../support/socket-client';

// A thousand random conversations between two users, a thief who has the session of one of them, and two
// computers, all with the same few names of attempts. Whatever anybody says: nothing reaches a stranger,
// nobody loses his socket by what another does, and the server meets no fault of its own.

const CLIENTS = ['valerie', 'bob', 'thief'] as const;
const HOSTS = ['desk', 'vault'] as const;
type Client = (typeof CLIENTS)[number];
type Host = (typeof HOSTS)[number];
type Actor = Client | Host;

/** Who may connect where: the thief's network is not verified, and the vault is granted to Valerie alone. */
const GRANTED: Record<Client, readonly Host[]> = {
  valerie: ['desk', 'vault'],
  bob: ['desk'],
  thief: [],
};
const isClient = (actor: Actor): actor is Client => (CLIENTS as readonly string[]).includes(actor);

type Step = { by: Actor; to: Host | 'nobody'; attempt: number; settles: boolean } & (
  | { action: 'offer' | 'answer' | 'candex' | 'offer_cancel'; approved: boolean }
  | { action: 'reconnect' }
);

const common = {
  by: fc.constantFrom(...CLIENTS, ...HOSTS),
  to: fc.oneof({ weight: 8, arbitrary: fc.constantFrom(...HOSTS) }, fc.constant('nobody' as const)),
  attempt: fc.nat({ max: 2 }),
  settles: fc.boolean(),
};
const speech = (action: 'offer' | 'answer' | 'candex' | 'offer_cancel', by: readonly Actor[]) =>
  fc.record({
    ...common,
    by: fc.constantFrom(...by),
    action: fc.constant(action),
    approved: fc.boolean(),
  });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: speech('offer', CLIENTS) },
  { weight: 6, arbitrary: speech('answer', HOSTS) },
  { weight: 8, arbitrary: speech('candex', [...CLIENTS, ...HOSTS]) },
  { weight: 3, arbitrary: speech('offer_cancel', [...CLIENTS, ...HOSTS]) },
  // What is not theirs to say.
  { weight: 1, arbitrary: speech('answer', CLIENTS) },
  { weight: 1, arbitrary: speech('offer', HOSTS) },
  { weight: 1, arbitrary: fc.record({ ...common, action: fc.constant('reconnect' as const) }) },
);

/** What a refusal may be. Anything else is a fault of the server's. */
const REFUSALS: readonly ErrorCode[] = [
  'not_found',
  'conflict',
  'invalid_request',
  'ip_verification_required',
];
/** Sockets are replaced before they are at fault, by the limits on messages. */
const MOST_MESSAGES = LIMITS.messages.burst - 20;
const MOST_FAULTS = LIMITS.faults - 2;

const server = sharedServer();
let calls: Record<Actor, SocketCall>;
let ids: Record<Actor, string>;
const sockets = new Map<Actor, { socket: TestSocket; sent: number; faults: number }>();

/** By the number that each message carried: who sent it, about which attempt. */
const spoken = new Map<number, { by: Actor; attemptId: string }>();
/** Who has offered what to whom. */
const offered = new Set<string>();
const offerOf = (client: Actor, host: Actor, attemptId: string) => `${client} ${host} ${attemptId}`;
/** What arrived, by action, and refusals by code: a test in which nothing happens shows nothing. */
const arrived = new Map<string, number>();

beforeAll(async () => {
  const teamId = await server.addTeam();
  const valerie = await server.addUser({ teamId, name: 'Valerie' });
  const bob = await server.addUser({ teamId, name: 'Bob' });
  const desk = await server.addHost(teamId);
  const vault = await server.addHost(teamId);
  await server.db.query(`UPDATE computers SET access = 'named' WHERE id = $1`, [vault.id]);
  await server.grant(vault.id, valerie.id);
  calls = {
    valerie: { token: valerie.token },
    bob: { token: bob.token },
    thief: { token: valerie.token, from: THIEF },
    desk: { token: desk.key },
    vault: { token: vault.key },
  };
  ids = { valerie: valerie.id, bob: bob.id, thief: valerie.id, desk: desk.id, vault: vault.id };
  for (const actor of [...CLIENTS, ...HOSTS]) await connect(actor);
});

async function connect(actor: Actor): Promise<void> {
  const socket = await TestSocket.open(server, calls[actor]);
  sockets.set(actor, { socket, sent: 0, faults: 0 });
}

/** Leaves without a word, and comes back. */
async function reconnect(actor: Actor): Promise<void> {
  hearAll(actor);
  of(actor).socket.ws.terminate();
  await connect(actor);
}

function of(actor: Actor) {
  const entry = sockets.get(actor);
  if (!entry) throw new Error(`${actor} has no socket`);
  return entry;
}

async function settle(actor: Actor): Promise<void> {
  const entry = of(actor);
  entry.sent += 1;
  await entry.socket.settled();
}

async function say(run: number, { by, ...rest }: Step): Promise<void> {
  if (rest.action === 'reconnect') return reconnect(by);
  const { action, approved, to, attempt, settles } = rest;
  const entry = of(by);
  if (entry.sent > MOST_MESSAGES || entry.faults > MOST_FAULTS) {
    await settle(by);
    await reconnect(by);
    return say(run, { by, ...rest });
  }
  const attemptId = `attempt-${run}-${attempt}`;
  const number = spoken.size;
  spoken.set(number, { by, attemptId });
  const data = { number };
  if (action === 'offer') {
    offered.add(offerOf(by, to as Actor, attemptId));
    entry.socket.send('offer', { attemptId, to: to === 'nobody' ? 'cmp_none' : ids[to], data });
  } else if (action === 'answer') entry.socket.send('answer', { attemptId, approved, data });
  else if (action === 'candex') entry.socket.send('candex', { attemptId, data });
  else entry.socket.send('offer_cancel', { attemptId });
  entry.sent += 1;
  if (isClient(by) ? action === 'answer' : action === 'offer') entry.faults += 1;
  if (settles) await settle(by);
}

/** Whether a client and a computer have to do with each other about an attempt. */
function areEnds(one: Actor, other: Actor, attemptId: string): boolean {
  const [client, host] = isClient(one) ? [one, other] : [other, one];
  if (!isClient(client) || isClient(host)) return false;
  return GRANTED[client].includes(host) && offered.has(offerOf(client, host, attemptId));
}

const isAnEnd = (actor: Actor, attemptId: string) =>
  [...CLIENTS, ...HOSTS].some((other) => areEnds(actor, other, attemptId));

/** Looks at everything that an end was sent. @returns it */
function hearAll(actor: Actor): Message[] {
  const { socket } = of(actor);
  expect(socket.closeCode, `${actor} was not at fault`).toBeNull();
  const messages = socket.takeAll();
  for (const message of messages) {
    const { action, payload } = message;
    const name = action === 'error' ? payload.code : action;
    arrived.set(name, (arrived.get(name) ?? 0) + 1);
    expect(mayHear(actor, message), `${actor} heard ${JSON.stringify(message)}`).toBe(true);
  }
  return messages;
}

function mayHear(actor: Actor, { action, payload }: Message): boolean {
  switch (action) {
    case 'offer_relay':
    case 'answer_relay':
    case 'candex_relay': {
      const { by, attemptId } = spoken.get(payload.data.number) ?? {};
      if (by === undefined || attemptId !== payload.attemptId) return false;
      if (action === 'offer_relay' && payload.from.userId !== ids[by]) return false;
      return isClient(actor) !== isClient(by) && areEnds(actor, by, payload.attemptId);
    }
    case 'offer_received':
      return isClient(actor) && isAnEnd(actor, payload.attemptId);
    case 'connection_closed':
      return isAnEnd(actor, payload.attemptId);
    case 'hello':
      return payload.connections.every((one: { attemptId: string }) =>
        isAnEnd(actor, one.attemptId),
      );
    case 'presence':
      return isClient(actor) && (actor !== 'bob' || payload.computerId === ids.desk);
    case 'error':
      // A session that says so much is told to wait; refused too often, the thief is not looked at any more.
      return (
        REFUSALS.includes(payload.code) || (isClient(actor) && payload.code === 'too_many_requests')
      );
    default:
      return false;
  }
}

it('a thousand random conversations: nothing reaches a stranger, and nobody falls', async () => {
  let run = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 12 }), async (steps) => {
      run += 1;
      for (const one of steps) await say(run, one);
      for (const actor of new Set(steps.map(({ by }) => by))) await settle(actor);
      for (const actor of sockets.keys()) hearAll(actor);
      // Only so many offers of a user, and sockets of a computer, may be made within a minute.
      if (run % 4 === 0) {
        await server.db.query('DELETE FROM rate_limits');
        await server.db.query(
          `UPDATE connections SET created_at = created_at - interval '1 minute'
           WHERE created_at > gatehouse_now() - interval '1 minute'`,
        );
      }
      // Only so many offers of a session may wait.
      if (run % 10 === 0) {
        await server.db.query(
          `UPDATE connections SET state = 'expired' WHERE state = 'waiting_for_host'`,
        );
      }
    }),
    // What has been said can't be taken back, so a smaller case would be another one.
    { numRuns: 1_000, endOnFailure: true },
  );

  // Announcements come in order: after this one, all others have been heard.
  let attemptId = '';
  const isReceived = async () => {
    attemptId = of('valerie').socket.offer(ids.desk, { number: spoken.size });
    spoken.set(spoken.size, { by: 'valerie', attemptId });
    offered.add(offerOf('valerie', 'desk', attemptId));
    await settle('valerie');
    return hearAll('valerie').some(
      ({ action, payload }) => action === 'offer_received' && payload.attemptId === attemptId,
    );
  };
  // She has said so much that she may be told to wait.
  await vi.waitUntil(isReceived, { timeout: 10_000, interval: 500 });
  await of('desk').socket.next('offer_relay', (offer) => offer.attemptId === attemptId);
  for (const actor of sockets.keys()) {
    await settle(actor);
    hearAll(actor);
  }

  const expected = [
    ...['offer_received', 'offer_relay', 'answer_relay', 'candex_relay', 'connection_closed'],
    ...REFUSALS,
  ];
  for (const name of expected) {
    expect(arrived.get(name) ?? 0, `how often ${name} was heard`).toBeGreaterThan(20);
  }
  expect((await server.get('//api/health/ready')).status).toBe(200);
  expect(server.log).not.toMatch(/internal_error|could not be/);
  expect(server.findLeakedSecrets()).toEqual([]);
}, 300_000);
