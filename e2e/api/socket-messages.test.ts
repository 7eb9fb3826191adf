import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { CAFE, sharedServer, type TestUser, THIEF } from '../support/harness';
import type { SocketCall, TestSocket } from '../support/socket-client';
import { connect, Sockets, stateOf } from '../support/socket-scene';

// Who may say what to whom. Whoever knows the name of another's attempt can do nothing with it.

const server = sharedServer();
let teamId: string;
let valerie: TestUser;
let computer: { id: string; key: string };
let client: TestSocket;
let host: TestSocket;
const sockets = new Sockets();
const open = (call: SocketCall) => sockets.open(server, call);

beforeAll(async () => {
  teamId = await server.addTeam();
});

beforeEach(async () => {
  valerie = await server.addUser({ teamId, name: 'Valerie' });
  computer = await server.addHost(teamId);
  host = await open({ token: computer.key });
  client = await open({ token: valerie.token });
});

/** What the messages of one socket are answered with; nothing of it is relayed to anybody. */
async function refusedFor(socket: TestSocket, messages: [action: string, payload: object][]) {
  for (const [action, payload] of messages) socket.send(action, payload);
  await socket.settled();
  for (const other of [client, host]) {
    await other.settled();
    if (other !== socket) expect(other.unread).toEqual([]);
  }
  const answers = socket.takeUnread().map(({ action, payload }) => [action, payload.code]);
  expect(answers.map(([action]) => action)).toEqual(messages.map(() => 'error'));
  return answers.map(([, code]) => code);
}

describe('each end has its own part', () => {
  it('an answer from a client is no message of its', async () => {
    const attemptId = client.offer(computer.id);
    await client.next('offer_received');
    await host.next('offer_relay');
    expect(await refusedFor(client, [['answer', { attemptId, approved: true, data: {} }]])).toEqual(
      ['invalid_request'],
    );
    expect(await stateOf(server, attemptId)).toMatchObject({ state: 'waiting_for_host' });
  });

  it('an offer from a computer is no message of its', async () => {
    const other = await server.addHost(teamId);
    const offer = { attemptId: 'attempt-of-a-host', to: other.id, data: {} };
    expect(await refusedFor(host, [['offer', offer]])).toEqual(['invalid_request']);
    expect(await stateOf(server, offer.attemptId)).toBeUndefined();
  });

  it.each(['hello', 'offer_relay', 'answer_relay', 'ip_verified', 'presence'])(
    '%s, which the server says, is nobody else’s to say',
    async (action) => {
      const message: [string, object] = [action, { attemptId: 'attempt-1', data: {} }];
      expect(await refusedFor(client, [message])).toEqual(['invalid_request']);
      expect(await refusedFor(host, [message])).toEqual(['invalid_request']);
    },
  );
});

describe('another’s attempt can’t be answered, cancelled or written into', () => {
  const ofClient = (attemptId: string): [string, object][] => [
    ['candex', { attemptId, data: { candidate: 'mine' } }],
    ['offer_cancel', { attemptId }],
  ];
  const ofHost = (attemptId: string): [string, object][] => [
    ['answer', { attemptId, approved: true, data: {} }],
    ['answer', { attemptId, approved: false, data: {} }],
    ...ofClient(attemptId),
  ];
  /** One attempt that waits and one that was accepted; no message about either is unread. */
  async function makeAttempts() {
    const waiting = client.offer(computer.id);
    await client.next('offer_received');
    await host.next('offer_relay');
    const { attemptId: accepted } = await connect(client, host, computer.id);
    await client.next('offer_received');
    return { waiting, accepted };
  }
  async function expectUntouched({ waiting, accepted }: { waiting: string; accepted: string }) {
    expect(await stateOf(server, waiting)).toMatchObject({ state: 'waiting_for_host' });
    expect(await stateOf(server, accepted)).toMatchObject({ state: 'accepted' });
  }

  it.each<[string, () => Promise<SocketCall>]>([
    ['another user of the team, at home too', () => server.addUser({ teamId })],
    ['an owner of the team', () => server.addUser({ teamId, role: 'owner' })],
    [
      'a user of another team',
      async () => server.addUser({ teamId: await server.addTeam(), role: 'owner' }),
    ],
    ['another session of the same user, at home too', () => server.addSession(valerie.id)],
    ['the same session elsewhere', async () => ({ token: valerie.token, from: THIEF })],
    ['the same session from nowhere', async () => ({ token: valerie.token, from: '127.0.0.1' })],
  ])('by %s', async (_who, find) => {
    const attempts = await makeAttempts();
    const stranger = await open(await find());
    const messages = Object.values(attempts).flatMap(ofClient);
    expect(new Set(await refusedFor(stranger, messages))).toEqual(new Set(['not_found']));
    await expectUntouched(attempts);
  });

  it.each<[string, () => Promise<string>]>([
    ['of the same team', async () => teamId],
    ['of another team', () => server.addTeam()],
  ])('by another computer %s', async (_which, findTeam) => {
    const attempts = await makeAttempts();
    const stranger = await open({ token: (await server.addHost(await findTeam())).key });
    const messages = Object.values(attempts).flatMap(ofHost);
    expect(new Set(await refusedFor(stranger, messages))).toEqual(new Set(['not_found']));
    await expectUntouched(attempts);
  });
});

describe('an attempt’s name', () => {
  const offer = (attemptId: string, to = computer.id): [string, object] => [
    'offer',
    { attemptId, to, data: {} },
  ];

  it('is taken while it is live: by its session, and at its computer', async () => {
    const attemptId = client.offer(computer.id);
    await client.next('offer_received');
    await host.next('offer_relay');
    const other = await server.addHost(teamId);
    expect(await refusedFor(client, [offer(attemptId), offer(attemptId, other.id)])).toEqual([
      'conflict',
      'conflict',
    ]);
    const bob = await open(await server.addUser({ teamId }));
    expect(await refusedFor(bob, [offer(attemptId)])).toEqual(['conflict']);
    expect(await stateOf(server, attemptId)).toMatchObject({ state: 'waiting_for_host' });
  });

  it('is free again once that has ended', async () => {
    const { attemptId, connectionId } = await connect(client, host, computer.id);
    client.send('offer_cancel', { attemptId });
    await client.next('connection_closed');
    client.send(...offer(attemptId));
    const again = await client.next('offer_received', (one) => one.connectionId !== connectionId);
    expect(again.attemptId).toBe(attemptId);
    expect(await host.next('offer_relay')).toMatchObject({ connectionId: again.connectionId });
  });

  it('that others have too, at another computer, leads each to his own', async () => {
    const other = await server.addHost(teamId);
    const otherHost = await open({ token: other.key });
    const bob = await open(await server.addUser({ teamId }));
    const attemptId = client.offer(computer.id);
    bob.send(...offer(attemptId, other.id));
    await client.next('offer_received');
    await bob.next('offer_received');
    await host.next('offer_relay');
    await otherHost.next('offer_relay');

    client.send('candex', { attemptId, data: { of: 'Valerie' } });
    bob.send('candex', { attemptId, data: { of: 'Bob' } });
    expect((await host.next('candex_relay')).data).toEqual({ of: 'Valerie' });
    expect((await otherHost.next('candex_relay')).data).toEqual({ of: 'Bob' });
    otherHost.send('answer', { attemptId, approved: false, data: {} });
    expect(await bob.next('answer_relay')).toMatchObject({ approved: false });
    host.send('answer', { attemptId, approved: true, data: {} });
    expect(await client.next('answer_relay')).toMatchObject({ approved: true });
    for (const one of [client, host, bob]) {
      await one.settled();
      expect(one.unread).toEqual([]);
    }
  });
});

describe('an offer goes to whom its user may connect to', () => {
  const offerTo = (to: string): [string, object] => [
    'offer',
    { attemptId: 'attempt-to-none', to, data: {} },
  ];

  it.each(
    Object.entries<() => Promise<string>>({
      'that nobody knows': async () => 'cmp_none',
      'of another team': async () => server.addComputer(await server.addTeam()),
      'that is granted to others': async () => {
        const id = await server.addComputer(teamId);
        await server.db.query(`UPDATE computers SET access = 'named' WHERE id = $1`, [id]);
        return id;
      },
      'that was removed': async () => {
        const id = await server.addComputer(teamId);
        await server.db.query('UPDATE computers SET removed_at = gatehouse_now() WHERE id = $1', [
          id,
        ]);
        return id;
      },
    }),
  )('a computer %s is not_found, from home and from elsewhere alike', async (_which, find) => {
    const to = await find();
    expect(await refusedFor(client, [offerTo(to)])).toEqual(['not_found']);
    const thief = await open({ token: valerie.token, from: THIEF });
    expect(await refusedFor(thief, [offerTo(to)])).toEqual(['not_found']);
    expect(await stateOf(server, 'attempt-to-none')).toBeUndefined();
    expect(await server.count('challenges WHERE user_id = $1', [valerie.id])).toBe(0);
  });

  it('once the grant is gone, on the same socket', async () => {
    await server.db.query(`UPDATE computers SET access = 'named' WHERE id = $1`, [computer.id]);
    expect(await refusedFor(client, [offerTo(computer.id)])).toEqual(['not_found']);
    await server.grant(computer.id, valerie.id);
    const attemptId = client.offer(computer.id);
    expect(await client.next('offer_received')).toMatchObject({ attemptId });
  });

  it('from an address that nobody knows it is refused with the reason', async () => {
    // The trusted proxy itself, without its header.
    const socket = await sockets.open(server, { token: valerie.token, from: '127.0.0.1' });
    const attemptId = socket.offer(computer.id);
    expect(await socket.next('error')).toMatchObject({
      code: 'client_address_unknown',
      status: 403,
      action: 'computer.connect',
      reason: 'no_header',
      attemptId,
    });
    await host.settled();
    expect(host.unread).toEqual([]);
    expect(await stateOf(server, attemptId)).toBeUndefined();
    expect(await server.count('challenges WHERE user_id = $1', [valerie.id])).toBe(0);
  });

  it('ten refused offers are no fault: the socket stays open', async () => {
    const socket = await open({ token: valerie.token, from: CAFE });
    const challenges = new Set<string>();
    for (let count = 0; count < 15; count += 1) {
      socket.offer(computer.id);
      const refusal = await socket.next('error');
      expect(refusal.code).toBe('ip_verification_required');
      challenges.add((refusal as unknown as { challenge: { id: string } }).challenge.id);
    }
    expect(challenges.size).toBe(1);
    await socket.settled();
  });
});

describe('an answer', () => {
  const answer = (attemptId: string, approved: boolean): [string, object] => [
    'answer',
    { attemptId, approved, data: { approved } },
  ];

  it.each([
    [true, 'accepted'],
    [false, 'declined'],
  ])('is given once: after %s no other counts', async (approved, state) => {
    const attemptId = client.offer(computer.id);
    await client.next('offer_received');
    await host.next('offer_relay');
    host.send(...answer(attemptId, approved));
    expect(await client.next('answer_relay')).toMatchObject({ attemptId, approved });
    if (!approved) await host.next('connection_closed');
    expect(
      await refusedFor(host, [answer(attemptId, !approved), answer(attemptId, approved)]),
    ).toEqual(['not_found', 'not_found']);
    expect(await stateOf(server, attemptId)).toMatchObject({ state });
  });

  it('of two at once, one counts', async () => {
    const attemptId = client.offer(computer.id);
    await host.next('offer_relay');
    host.send(...answer(attemptId, false));
    host.send(...answer(attemptId, true));
    expect(await host.next('error')).toMatchObject({ code: 'not_found', attemptId });
    expect(await client.next('answer_relay')).toMatchObject({ approved: false });
    expect(await stateOf(server, attemptId)).toMatchObject({ state: 'declined' });
  });

  it('after the offer ran out comes too late, and so do candidates', async () => {
    const attemptId = client.offer(computer.id);
    await client.next('offer_received');
    await host.next('offer_relay');
    await server.db.query(
      'UPDATE connections SET expires_at = gatehouse_now() WHERE attempt_id = $1',
      [attemptId],
    );
    host.send(...answer(attemptId, true));
    expect(await host.next('error')).toMatchObject({ code: 'not_found', attemptId });
    for (const end of [host, client]) {
      end.send('candex', { attemptId, data: {} });
      expect(await end.next('error')).toMatchObject({ code: 'not_found', attemptId });
      expect(await end.next('connection_closed')).toMatchObject({ attemptId, reason: 'expired' });
      await end.settled();
      expect(end.unread).toEqual([]);
    }
    expect(await stateOf(server, attemptId)).toMatchObject({ state: 'expired' });
  });

  it('to what was cancelled comes too late', async () => {
    const attemptId = client.offer(computer.id);
    await client.next('offer_received');
    await host.next('offer_relay');
    client.send('offer_cancel', { attemptId });
    for (const end of [host, client]) {
      expect(await end.next('connection_closed')).toMatchObject({ attemptId, reason: 'cancelled' });
    }
    expect(await refusedFor(host, [answer(attemptId, true)])).toEqual(['not_found']);
    expect(await refusedFor(client, [['offer_cancel', { attemptId }]])).toEqual(['not_found']);
  });
});

describe('a candidate', () => {
  it('may come before the answer: who sends it does not wait', async () => {
    const attemptId = client.offer(computer.id);
    client.send('candex', { attemptId, data: { from: 'client' } });
    await host.next('offer_relay');
    expect(await host.next('candex_relay')).toEqual({ attemptId, data: { from: 'client' } });
    host.send('candex', { attemptId, data: { from: 'host' } });
    expect(await client.next('candex_relay')).toEqual({ attemptId, data: { from: 'host' } });
  });

  it('before any offer is for nobody', async () => {
    const attemptId = 'attempt-of-nobody';
    const candidate: [string, object] = ['candex', { attemptId, data: {} }];
    expect(await refusedFor(client, [candidate])).toEqual(['not_found']);
    expect(await refusedFor(host, [candidate])).toEqual(['not_found']);
  });

  it('arrives as it was sent, whatever it holds', async () => {
    const { attemptId } = await connect(client, host, computer.id);
    const data = JSON.parse(
      '{"constructor":null,"":"","ünï":"🔑","sql":"\' OR 1=1 --","n":-0.5,"list":[[],{}]}',
    );
    client.send('candex', { attemptId, data });
    expect(await host.next('candex_relay')).toEqual({ attemptId, data });
  });
});

it('ADM-3 the log of all this holds no token, no key and no fault', () => {
  expect(server.findLeakedSecrets()).toEqual([]);
  expect(server.log).not.toMatch(/internal_error/);
});
