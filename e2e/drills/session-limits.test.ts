import { beforeAll, describe, expect, it, vi } from 'vitest';
import { BUDGETS, LANES, REFUSALS_A_MINUTE } from '@/lib/service/gate/limits';
import { PLACES } from '@/lib/service/gate/places';
import {
  type Answer,
  CAFE,
  HOME,
  serverBeside,
  sharedServer,
  type TestUser,
  THIEF,
} from '../support/harness';
import { TestSocket } from '../support/socket-client';

// A stolen token, used as often as it can be: others are served, and the activity stays readable.

const server = sharedServer();
const beside = serverBeside(server);
let teamId: string;
let owner: TestUser;
let computerId: string;

beforeAll(async () => {
  ({ teamId, owner } = await server.setUp());
  computerId = await server.addComputer(teamId);
});

const connect = (token: string, from = HOME, at = server) =>
  at.connect(computerId, { token, from });

const statusesOf = (answers: Answer[]) => [...new Set(answers.map(({ status }) => status))].sort();

/** Runs `work` while the rows of a user are held, so that his acts wait for them. */
async function holdingUser<T>(id: string, work: () => Promise<T>): Promise<T> {
  const holder = await server.db.connect();
  try {
    await holder.query('BEGIN');
    await holder.query('SELECT 1 FROM users WHERE id = $1 FOR UPDATE', [id]);
    return await work();
  } finally {
    await holder.query('ROLLBACK');
    holder.release();
  }
}
const waitingForLocks = () =>
  server.count(
    `pg_stat_activity WHERE application_name = 'gatehouse' AND wait_event_type = 'Lock' AND datname = current_database()`,
  );

describe('F11: acts of one user', () => {
  it('fifty at once hold one connection, and others’ gated calls are served', async () => {
    const thief = await server.addUser({ teamId });
    const others: TestUser[] = [];
    while (others.length < 6) others.push(await server.addUser({ teamId }));
    await holdingUser(thief.id, async () => {
      const acts = Array.from({ length: 50 }, () =>
        server.delete('/friends/nobody', { token: thief.token }),
      );
      await vi.waitFor(async () => expect(await waitingForLocks()).toBe(1));
      const served = await Promise.all(others.map(({ token }) => connect(token)));
      expect(statusesOf(served)).toEqual([201]);
      expect(await waitingForLocks()).toBeLessThanOrEqual(1);
      // Each is answered: its turn came, or there was none for it.
      expect(
        statusesOf(await Promise.all(acts)).filter((one) => ![404, 429, 503].includes(one)),
      ).toEqual([]);
    });
  });

  it('five of a network wait; what comes beyond is 429 at once, and with it comes when to try again', async () => {
    const user = await server.addUser({ teamId });
    const sessions = [user.token];
    // One session has fewer calls at once than a user has acts that wait.
    while (sessions.length < 4) sessions.push((await server.addSession(user.id)).token);
    const acts = await holdingUser(user.id, async () => {
      const acts = sessions.flatMap((token) =>
        Array.from({ length: LANES.session.concurrent }, () =>
          server.delete('/friends/nobody', { token }),
        ),
      );
      await vi.waitFor(async () => expect(await waitingForLocks()).toBe(1));
      const first = await Promise.race(acts);
      expect([first.status, first.body.code, first.headers['retry-after']]).toEqual([
        429,
        'too_many_requests',
        '1',
      ]);
      return acts;
    });
    const statuses = (await Promise.all(acts)).map(({ status }) => status);
    expect(statuses.filter((status) => ![404, 429, 503].includes(status))).toEqual([]);
  });

  it('a thief’s, from his network, leave room for hers from home', async () => {
    const valerie = await server.addUser({ teamId });
    await server.trust(valerie.id, THIEF);
    const sessions = [valerie.token, (await server.addSession(valerie.id)).token];
    const { hers, his } = await holdingUser(valerie.id, async () => {
      const his = sessions.flatMap((token) =>
        Array.from({ length: 10 }, () => server.delete('/friends/nobody', { token, from: THIEF })),
      );
      await vi.waitFor(async () => expect(await waitingForLocks()).toBe(1));
      return { his, hers: server.delete('/friends/nobody', { token: valerie.token }) };
    });
    expect((await hers).status).toBe(404);
    await Promise.all(his);
  });
});

describe('F11: the budget of a session at one network', () => {
  it('reads beyond it are 429, without a word to the database; at home, and to others, nothing changes', async () => {
    const valerie = await server.addUser({ teamId });
    const other = await server.addUser({ teamId });
    const read = (token: string, from: string) => server.get('/me', { token, from });
    const answers: Answer[] = [];
    // Far more than it earns meanwhile, however slow the machine.
    while (answers.filter(({ status }) => status === 429).length === 0) {
      answers.push(
        ...(await Promise.all(Array.from({ length: 100 }, () => read(valerie.token, THIEF)))),
      );
      expect(answers.length).toBeLessThan(20 * BUDGETS.read.burst);
    }
    expect(answers.length).toBeGreaterThanOrEqual(BUDGETS.read.burst);
    expect(statusesOf(answers)).toEqual([200, 429]);
    const refused = answers.find(({ status }) => status === 429);
    expect([refused?.body.code, refused?.headers['retry-after']]).toEqual([
      'too_many_requests',
      '1',
    ]);
    expect((await read(valerie.token, HOME)).status).toBe(200);
    expect((await read(other.token, THIEF)).status).toBe(200);
    // What she needs to get rid of him is hers too.
    expect((await server.delete('/sessions', { token: valerie.token })).status).toBe(204);
    expect((await read(valerie.token, THIEF)).status).toBe(401);
  }, 120_000);
});

describe('F17: what a stolen token is refused', () => {
  const refusals = (sessionId: string) =>
    server.rows(
      `SELECT action, address, finding, reason, after->'count' AS count, request_id
       FROM audit_events WHERE type = 'gate.refused' AND session_id = $1 ORDER BY id`,
      [sessionId],
    );

  it('within a minute is two rows: the first at once, the rest with their number', async () => {
    const valerie = await server.addUser({ teamId });
    const answers: Answer[] = [];
    for (let i = 0; i < 38; i++) answers.push(await connect(valerie.token, THIEF));
    expect(statusesOf(answers)).toEqual([403]);
    expect(new Set(answers.map(({ body }) => body.challenge.id)).size).toBe(1);
    const common = { action: 'computer.connect', address: THIEF, finding: 'unknown', reason: null };
    const first = { ...common, count: null, request_id: answers[0]?.body.requestId };
    expect(await refusals(valerie.sessionId)).toMatchObject([first]);
    await server.endMinutes();
    expect(await refusals(valerie.sessionId)).toMatchObject([
      first,
      { ...common, count: 37, request_id: answers.at(-1)?.body.requestId },
    ]);
    // The next minute begins anew.
    await connect(valerie.token, THIEF);
    expect((await refusals(valerie.sessionId)).map(({ count }) => count)).toEqual([null, 37, null]);
    const { body } = await server.get(`/teams/${teamId}/events?userId=${valerie.id}`, {
      token: owner.token,
    });
    expect(body.data[1]).toMatchObject({ type: 'gate.refused', after: { count: 37 } });
  });

  it('is apart by session, network, action, team and finding', async () => {
    const valerie = await server.addUser({ teamId });
    const second = await server.addSession(valerie.id);
    const other = await server.addTeam();
    await server.join(other, valerie.id);
    const theirs = await server.addComputer(other);
    const ask = () => [
      connect(valerie.token, THIEF),
      connect(second.token, THIEF),
      connect(valerie.token, CAFE),
      server.addFriend('a@example.com', { token: valerie.token, from: THIEF }),
      server.connect(theirs, { token: valerie.token, from: THIEF }),
    ];
    expect(statusesOf(await Promise.all([...ask(), ...ask()]))).toEqual([403]);
    expect(
      await server.count(`audit_events WHERE type = 'gate.refused' AND actor_id = $1`, [
        valerie.id,
      ]),
    ).toBe(5);
  });

  it('more than sixty times a minute is 429, written as one row, and harms nobody else', async () => {
    const valerie = await server.addUser({ teamId });
    const answers: Answer[] = [];
    for (let i = 0; i < REFUSALS_A_MINUTE + 10; i++) {
      answers.push(await connect(valerie.token, THIEF, i % 2 ? beside : server));
    }
    expect(answers.map(({ status }) => status)).toEqual([
      ...Array(REFUSALS_A_MINUTE).fill(403),
      ...Array(10).fill(429),
    ]);
    const seconds = Number(answers.at(-1)?.headers['retry-after']);
    expect(seconds > 0 && seconds <= 60).toBe(true);
    expect((await connect(valerie.token)).status).toBe(201);
    await server.endMinutes();
    expect(await refusals(valerie.sessionId)).toMatchObject([
      { count: null, reason: null },
      { count: REFUSALS_A_MINUTE + 9, reason: 'too_many_requests' },
    ]);
  }, 60_000);

  it('from a thousand places a minute is twenty rows and one more, and each place has its challenge', async () => {
    const valerie = await server.addUser({ teamId });
    const places = Array.from({ length: PLACES + 15 }, (_none, i) => `198.18.7.${i + 1}`);
    const ids = new Set<string>();
    for (const from of [...places, ...places]) {
      const { status, body } = await connect(valerie.token, from);
      expect(status).toBe(403);
      ids.add(body.challenge.id);
    }
    expect(ids.size).toBe(places.length);
    const rows = () => refusals(valerie.sessionId);
    expect(await rows()).toHaveLength(PLACES + 1);
    await server.endMinutes();
    const written = await rows();
    expect(written).toHaveLength(2 * (PLACES + 1));
    expect(written.at(PLACES)).toMatchObject({ address: places[PLACES], count: null });
    expect(written.filter(({ count }) => count === 29)).toHaveLength(1);
    const { rows: many } = await server.db.query(
      `SELECT count(*)::int AS count FROM audit_events
       WHERE session_id = $1 AND after->'manyNetworks' = 'true'`,
      [valerie.sessionId],
    );
    expect(many).toEqual([{ count: 2 }]);
    // Whoever has the token shuts its owner out nowhere: where she comes next she is asked, and not sent away.
    for (let i = 0; i < REFUSALS_A_MINUTE; i++) {
      const { status } = await connect(valerie.token, `198.18.8.${i + 1}`);
      expect(status).toBe(403);
    }
  }, 60_000);

  it('over a socket counts with it', async () => {
    const valerie = await server.addUser({ teamId });
    const socket = await TestSocket.open(server, { token: valerie.token, from: THIEF });
    await socket.next('hello');
    await connect(valerie.token, THIEF);
    socket.offer(computerId);
    expect(await socket.next('error')).toMatchObject({ code: 'ip_verification_required' });
    await server.endMinutes();
    expect((await refusals(valerie.sessionId)).map(({ count }) => count)).toEqual([null, 1]);
    await socket.close();
  });

  it('where his address is unknown is counted as well, by the reason', async () => {
    const valerie = await server.addUser({ teamId });
    const hidden = () =>
      server.connect(computerId, {
        token: valerie.token,
        from: '127.0.0.1',
        headers: { 'x-forwarded-for': 'unknown' },
      });
    for (let i = 0; i < 5; i++) expect((await hidden()).body.code).toBe('client_address_unknown');
    await server.endMinutes();
    expect(await refusals(valerie.sessionId)).toMatchObject([
      { count: null, reason: 'bad_address' },
      { count: 4, reason: 'bad_address' },
    ]);
  });

  it('is written once, by two instances at once and after one that was killed', async () => {
    const people: TestUser[] = [];
    while (people.length < 10) people.push(await server.addUser({ teamId }));
    for (const { token } of people) {
      for (let i = 0; i < 3; i++) await connect(token, THIEF, beside);
    }
    await beside.kill('SIGKILL');
    await beside.launch();
    await server.endMinutes();
    for (const { sessionId } of people) {
      expect((await refusals(sessionId)).map(({ count }) => count)).toEqual([null, 2]);
    }
  }, 120_000);

  it('stays the team’s, of a member who was removed within the minute', async () => {
    const valerie = await server.addUser({ teamId, name: 'Valerie' });
    const ask = () => server.addFriend('a@example.com', { token: valerie.token, from: THIEF });
    await ask();
    await ask();
    await server.db.query('DELETE FROM memberships WHERE user_id = $1', [valerie.id]);
    await server.endMinutes();
    const { body } = await server.get(`/teams/${teamId}/events?userId=${valerie.id}`, {
      token: owner.token,
    });
    expect(
      body.data.map(({ type, after }: { type: string; after: unknown }) => [type, after]),
    ).toEqual([
      ['gate.refused', { count: 1 }],
      ['gate.refused', null],
    ]);
  });
});
