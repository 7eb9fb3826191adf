import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { startDeafRelay } from '../support/database-relay';
import { CAFE, codeOf, HOME, network, TestServer, type TestUser } from '../support/harness';
import { OwnPostgres } from '../support/own-postgres';
import { type SocketCall, TestSocket } from '../support/socket-client';
import { connect, Sockets, stateOf } from '../support/socket-scene';

// The attack: a right that ends while the server can't hear of it, because its database is away or the
// connection on which it listens is cut. Nothing passes meanwhile, and nothing stays that should be gone.

vi.setConfig({ testTimeout: 120_000 });

let postgres: OwnPostgres;
let server: TestServer;
let teamId: string;
let valerie: TestUser;
let computer: { id: string; key: string };
let client: TestSocket;
let host: TestSocket;
const sockets = new Sockets();

beforeAll(async () => {
  postgres = await OwnPostgres.start();
  server = await TestServer.start({}, postgres.connectionString);
  teamId = await server.addTeam();
});
afterAll(async () => {
  await server?.stop();
  await postgres?.remove();
});

beforeEach(async () => {
  valerie = await server.addUser({ teamId, name: 'Valerie' });
  computer = await server.addHost(teamId);
  client = await open({ token: valerie.token });
  host = await open({ token: computer.key });
});

const open = (call: SocketCall) => sockets.open(server, call);
const hashOf = (secret: string) => createHash('sha256').update(secret).digest();

/** How often the server has lost the connection on which it listens. */
const losses = () => server.log.split('the connection for notifications was lost').length - 1;

/** Cuts the connection on which the server listens. */
async function cutBus(): Promise<void> {
  const { rows } = await server.db.query(
    `SELECT pg_terminate_backend(pid, 5000) AS is_cut FROM pg_stat_activity
     WHERE application_name = 'gatehouse bus' AND datname = current_database()`,
  );
  expect(rows).toEqual([{ is_cut: true }]);
}

/** Changes something so that no announcement is made of it: what was announced while nobody heard. */
async function changeUnheard(sql: string, values: unknown[]): Promise<void> {
  const db = await server.db.connect();
  const heard: unknown[] = [];
  db.on('notification', ({ payload }) => heard.push(payload));
  try {
    // What was published before is told before.
    await db.query('SELECT gatehouse_announce()');
    await db.query('LISTEN gatehouse');
    await db.query('BEGIN');
    await db.query('SET LOCAL session_replication_role = replica');
    const { rowCount } = await db.query(sql, values);
    expect(rowCount).toBe(1);
    await db.query('COMMIT');
    await db.query(`SELECT gatehouse_publish('{"type": "that was all"}')`);
    await vi.waitFor(() => expect(heard).toContain('{"type": "that was all"}'));
    expect(heard.filter((payload) => String(payload).includes(String(values[0])))).toEqual([]);
  } finally {
    db.release(true);
  }
}

/** Does something while these computers can't be written. */
async function whileLocked(computerIds: string[], work: () => Promise<void>): Promise<void> {
  const db = await server.db.connect();
  try {
    await db.query('BEGIN');
    await db.query('SELECT FROM computers WHERE id = ANY($1) FOR UPDATE', [computerIds]);
    await work();
  } finally {
    await db.query('ROLLBACK');
    db.release();
  }
}

/** Says something to every instance, as the database would. */
const announce = (event: unknown) =>
  server.db.query('SELECT gatehouse_publish($1::jsonb)', [JSON.stringify(event)]);

/** Everything said before has been heard: what is announced is acted upon in order. */
async function everythingHeard(): Promise<void> {
  const witness = await server.addUser({ teamId });
  const socket = await open({ token: witness.token });
  await announce({ type: 'session.ended', sessionId: witness.sessionId });
  expect(await socket.closed()).toBe(4401);
}

describe('the database goes away and comes back', () => {
  const LEAVES: [string, () => Promise<void>, () => Promise<void>][] = [
    ['DB-1 stopped at once', () => postgres.stopImmediately(), () => postgres.begin()],
    ['DB-8 killed', () => postgres.crash(), () => postgres.begin()],
    ['DB-2 frozen', () => postgres.freeze(), () => postgres.thaw()],
  ];

  it.each(LEAVES)(
    '%s: sockets stay, nothing passes, and they are told how things stand',
    async (_row, leave, comeBack) => {
      const { attemptId, connectionId } = await connect(client, host, computer.id);
      await client.next('offer_received');
      const before = losses();
      await leave();
      try {
        for (const from of [HOME, CAFE]) {
          const refused = await TestSocket.refused(server, { token: valerie.token, from });
          expect(codeOf(refused)).toEqual([503, 'unavailable']);
          expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
        }
        for (const offered of [client.offer(computer.id), client.offer(computer.id)]) {
          const error = await client.next('error', (one) => one.attemptId === offered);
          expect([error.code, error.status]).toEqual(['unavailable', 503]);
        }
        host.send('candex', { attemptId, data: {} });
        expect(await host.next('error')).toMatchObject({ code: 'unavailable' });
        await vi.waitFor(() => expect(losses()).toBeGreaterThan(before), { timeout: 30_000 });
        expect([client.unread, host.unread]).toEqual([[], []]);
      } finally {
        await comeBack();
      }
      const live = [{ attemptId, connectionId, state: 'accepted' }];
      for (const socket of [client, host]) {
        expect(await helloAgain(socket)).toMatchObject({ connections: live });
      }
      await host.settled();
      expect(host.unread).toEqual([]);
      expect(await server.count('connections WHERE user_id = $1', [valerie.id])).toBe(1);
      await connect(client, host, computer.id);
    },
  );

  /** With the patience that a database needs to start, and the server to try again. */
  const helloAgain = async (socket: TestSocket) => {
    await vi.waitFor(() => expect(socket.has('hello', () => true)).toBe(true), {
      timeout: 40_000,
    });
    return socket.next('hello');
  };
});

describe('DB-13 the server is deaf for a moment', () => {
  /** What is gone after it, though nobody ever said so: every open socket is looked at again. */
  const GONE: [string, () => Promise<void>, () => TestSocket][] = [
    [
      'a session was ended',
      () =>
        changeUnheard('UPDATE sessions SET ended_at = gatehouse_now() WHERE id = $1', [
          valerie.sessionId,
        ]),
      () => client,
    ],
    [
      'a session ran out',
      () =>
        changeUnheard('UPDATE sessions SET expires_at = gatehouse_now() WHERE id = $1', [
          valerie.sessionId,
        ]),
      () => client,
    ],
    [
      'a token was replaced from elsewhere',
      () =>
        changeUnheard(
          'UPDATE sessions SET token_hash = $2, authenticated_network = $3 WHERE id = $1',
          [valerie.sessionId, randomBytes(32), network(CAFE)],
        ),
      () => client,
    ],
    [
      'an account was disabled',
      () =>
        changeUnheard('UPDATE users SET disabled_at = gatehouse_now() WHERE id = $1', [valerie.id]),
      () => client,
    ],
    [
      'a key was rotated',
      () =>
        changeUnheard('UPDATE computers SET host_key_hash = $2 WHERE id = $1', [
          computer.id,
          randomBytes(32),
        ]),
      () => host,
    ],
    [
      'a computer was removed',
      () =>
        changeUnheard('UPDATE computers SET removed_at = gatehouse_now() WHERE id = $1', [
          computer.id,
        ]),
      () => host,
    ],
  ];

  it.each(GONE)('%s: its socket is closed with 4401, and no other', async (_what, end, gone) => {
    await end();
    await cutBus();
    expect(await gone().closed()).toBe(4401);
    const standing = gone() === client ? host : client;
    await standing.next('hello');
    expect(standing.closeCode).toBeNull();
  });

  it.each(GONE.slice(0, 4))(
    '%s: already before, offers are refused with 4401',
    async (_what, end) => {
      await end();
      const attemptId = client.offer(computer.id);
      expect(await client.closed()).toBe(4401);
      expect(await stateOf(server, attemptId)).toBeUndefined();
      await host.settled();
      expect(host.unread).toEqual([]);
    },
  );

  it('a network was revoked: both ends are told what is live now, and the next offer is refused', async () => {
    const { attemptId } = await connect(client, host, computer.id);
    await changeUnheard('UPDATE verified_ips SET revoked_at = gatehouse_now() WHERE user_id = $1', [
      valerie.id,
    ]);
    await changeUnheard(
      `UPDATE connections SET state = 'revoked', ended_at = gatehouse_now(), end_reason = 'network_revoked'
       WHERE attempt_id = $1`,
      [attemptId],
    );
    await cutBus();
    for (const socket of [client, host]) {
      expect(await socket.next('hello')).toMatchObject({ connections: [] });
    }
    client.offer(computer.id);
    expect(await client.next('error')).toMatchObject({ code: 'ip_verification_required' });
  });

  it('another socket took a computer over: the older one goes, and does not take it back', async () => {
    const taken = () =>
      server.row('SELECT online, socket_id FROM computers WHERE id = $1', [computer.id]);
    const newer = randomUUID();
    await changeUnheard('UPDATE computers SET socket_id = $2 WHERE id = $1', [computer.id, newer]);
    await cutBus();
    expect(await host.closed()).toBe(4409);
    await client.next('hello');
    await client.settled();
    expect(await taken()).toEqual({ online: true, socket_id: newer });
  });

  it('offers made meanwhile arrive, once', async () => {
    const before = losses();
    await cutBus();
    const attemptId = client.offer(computer.id);
    await client.next('offer_received', (one) => one.attemptId === attemptId);
    expect(await host.next('offer_relay')).toMatchObject({ attemptId });
    await vi.waitFor(() => expect(losses()).toBe(before + 1));
    await Promise.all([client.next('hello'), host.next('hello')]);
    await everythingHeard();
    expect(host.unread).toEqual([]);
    await connect(client, host, computer.id);
  });

  it('a pooler passes no notifications on: that is noticed and said, and sockets are looked at again', async () => {
    const relay = await startDeafRelay(server.databaseUrl);
    const deaf = await TestServer.startBeside(server, { DATABASE_URL: relay.connectionString });
    try {
      const socket = await sockets.open(deaf, { token: valerie.token });
      await server.delete('/sessions/current', { token: valerie.token });
      await vi.waitFor(() => expect(deaf.log).toMatch(/passes no notifications on/), {
        timeout: 40_000,
      });
      await vi.waitFor(() => expect(socket.closeCode).toBe(4401), { timeout: 10_000 });
    } finally {
      await deaf.stop();
      relay.stop();
    }
  });

  it('a computer that waits for its greeting is not taken for one that was replaced', async () => {
    const slow = await Promise.all(Array.from({ length: 12 }, () => server.addHost(teamId)));
    const ids = slow.map(({ id }) => id);
    await whileLocked(ids, async () => {
      for (const { key } of slow) sockets.keep(await TestSocket.open(server, { token: key }));
      const last = await server.addHost(teamId);
      const waiting = await TestSocket.open(server, { token: last.key });
      sockets.keep(waiting);
      await cutBus();
      await waiting.next('hello');
      await connect(client, waiting, last.id);
    });
  });
});

it('a computer that left before it was greeted is offline', async () => {
  const { id, key } = await server.addHost(teamId);
  await whileLocked([id], async () => {
    const { rows } = await server.db.query('SELECT clock_timestamp() AS start');
    const socket = await TestSocket.open(server, { token: key });
    socket.ws.terminate();
    // The server has seen it go: it marked it as offline, before it was marked as online.
    const released = `pg_stat_activity WHERE application_name = 'gatehouse' AND datname = current_database()
      AND query LIKE 'UPDATE computers SET socket_id = NULL%WHERE socket_id = ANY%' AND query_start > $1`;
    await vi.waitFor(async () =>
      expect(await server.count(released, [rows[0].start])).toBeGreaterThan(0),
    );
  });
  await whileLocked([id], async () => undefined);
  await vi.waitFor(
    async () => expect(await server.count('computers WHERE id = $1 AND online', [id])).toBe(0),
    { timeout: 10_000 },
  );
});

describe('what is heard late does not end what came after it', () => {
  it('the old key’s end: a socket with the new key stays', async () => {
    const owner = await server.addUser({ teamId, role: 'owner' });
    const answer = await server.post(`/teams/${teamId}/computers/${computer.id}/keys`, {
      token: owner.token,
      body: {},
    });
    expect(await host.closed()).toBe(4401);
    const renewed = await open({ token: answer.body.hostKey });
    await announce({
      type: 'computer.key_gone',
      computerId: computer.id,
      keyHash: hashOf(computer.key).toString('hex'),
    });
    await everythingHeard();
    await connect(client, renewed, computer.id);
  });

  it('the older socket’s end: the newer stays', async () => {
    const { rows } = await server.db.query('SELECT socket_id FROM computers WHERE id = $1', [
      computer.id,
    ]);
    host.ws.pause();
    const newer = await open({ token: computer.key });
    host.ws.resume();
    expect(await host.closed()).toBe(4409);
    await announce({
      type: 'computer.socket_replaced',
      computerId: computer.id,
      socketId: rows[0].socket_id,
    });
    await everythingHeard();
    await connect(client, newer, computer.id);
  });

  it.each([
    ['on the network of its owner', HOME],
    ['on another network', CAFE],
  ])('a token’s replacement: a socket with the newest token stays, %s', async (_where, from) => {
    const { body } = await server.verify(valerie);
    const newest = await open({ token: body.token, from });
    await announce({
      type: 'session.token_replaced',
      sessionId: valerie.sessionId,
      network: network(HOME),
    });
    await everythingHeard();
    expect(newest.closeCode).toBeNull();
    await newest.settled();
  });

  it('an offer’s announcement, twice: it is given once', async () => {
    const attemptId = client.offer(computer.id);
    const { connectionId } = await client.next('offer_received');
    await host.next('offer_relay', (one) => one.attemptId === attemptId);
    await announce({ type: 'connection.offered', connectionId, computerId: computer.id });
    await everythingHeard();
    await host.settled();
    expect(host.unread).toEqual([]);
  });

  it('an offer that was cancelled meanwhile: it is not given at all', async () => {
    await host.close();
    const attemptId = client.offer(computer.id);
    const { connectionId } = await client.next('offer_received');
    client.send('offer_cancel', { attemptId });
    await client.next('connection_closed');
    const late = await open({ token: computer.key });
    await announce({ type: 'connection.offered', connectionId, computerId: computer.id });
    await everythingHeard();
    await late.settled();
    expect(late.unread).toEqual([]);
  });
});

it('ADM-3 none of this wrote a token or password into the log', () => {
  expect(server.findLeakedSecrets()).toEqual([]);
});
