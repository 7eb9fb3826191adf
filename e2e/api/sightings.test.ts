import { beforeAll, describe, expect, it, vi } from 'vitest';
import { CAFE, HOME, ownServer, type TestUser, THIEF, untilServed } from '../support/harness';
import { TestSocket } from '../support/socket-client';

const server = ownServer();
let teamId: string;
let computerId: string;

beforeAll(async () => {
  ({ teamId } = await server.setUp());
  computerId = await server.addComputer(teamId);
});

type Seen = { network: string; count: number; verified: boolean; would_block: object };
async function sightingsOf(user: TestUser): Promise<Seen[]> {
  const { rows } = await server.db.query(
    `SELECT network, count::int, verified, would_block FROM sightings
     WHERE user_id = $1 ORDER BY network`,
    [user.id],
  );
  return rows;
}
const soon = <T>(check: () => Promise<T>) => vi.waitFor(check, { timeout: 20_000, interval: 50 });

it('each session and network: how often, whether verified, what would have been blocked', async () => {
  const user = await server.addUser({ teamId });
  await Promise.all([
    server.get('/me', { token: user.token }),
    server.get('/me', { token: user.token }),
    server.get('/me', { token: user.token, from: THIEF }),
    server.connect(computerId, { token: user.token, from: THIEF }),
  ]);
  await soon(async () =>
    expect(await sightingsOf(user)).toEqual([
      { network: `${HOME}/32`, count: 2, verified: true, would_block: {} },
      { network: `${THIEF}/32`, count: 2, verified: false, would_block: { 'api.read': 1 } },
    ]),
  );
});

it('F24: what each session did, by day, action, finding, mode and what the trust rested on', async () => {
  const user = await server.addUser({ teamId });
  await Promise.all([
    server.get('/me', { token: user.token }),
    server.get('/me', { token: user.token }),
    server.get('/me', { token: user.token, from: THIEF }),
    server.connect(computerId, { token: user.token, from: THIEF }),
    server.get('/me', { token: user.token, headers: { 'X-Forwarded-For': 'not an address' } }),
  ]);
  await server.setRule(teamId, { enabled: false });
  await server.get('/me', { token: user.token, from: THIEF });
  await server.setRule(teamId, { enabled: true });
  const uses = () =>
    server.rows(
      `SELECT u.network, u.action, u.finding, u.mode, u.count::int, v.id IS NOT NULL AS rests,
         u.day = (gatehouse_now() AT TIME ZONE 'UTC')::date AND u.first_at <= u.last_at AS is_today
       FROM uses u LEFT JOIN verified_ips v ON v.user_id = u.user_id AND v.verified_at = u.verified_at
       WHERE u.user_id = $1 ORDER BY u.network, u.action, u.mode`,
      [user.id],
    );
  const thief = { network: `${THIEF}/32`, finding: 'unknown', rests: false, is_today: true };
  const read = { action: 'api.read', mode: 'monitor', count: 1 };
  await soon(async () =>
    expect(await uses()).toEqual([
      { ...read, network: `${HOME}/32`, finding: 'trusted', rests: true, is_today: true, count: 2 },
      { ...thief, ...read },
      { ...thief, ...read, mode: 'off' },
      { ...thief, action: 'computer.connect', mode: 'enforce', count: 1 },
      { ...thief, ...read, network: 'unknown bad_address', finding: 'no-client-address' },
    ]),
  );
});

it('what is seen later is added, and the last use of session and network told to the minute', async () => {
  const user = await server.addUser({ teamId });
  const countOf = (n: number) =>
    soon(async () => expect(await sightingsOf(user)).toMatchObject([{ count: n }]));
  await server.get('/me', { token: user.token });
  await countOf(1);
  await server.get('/me', { token: user.token });
  await countOf(2);
  const within = await server.db.query(
    `SELECT s.last_seen_at < g.last_seen_at AND v.last_used_at < g.last_seen_at AS are_kept
     FROM sightings g JOIN sessions s ON s.id = g.session_id
     JOIN verified_ips v ON v.user_id = g.user_id AND v.network = g.network WHERE g.user_id = $1`,
    [user.id],
  );
  expect(within.rows).toEqual([{ are_kept: true }]);
  for (const set of ['sessions SET last_seen_at', 'verified_ips SET last_used_at']) {
    const sql = `UPDATE ${set} = gatehouse_now() - interval '61 seconds' WHERE user_id = $1`;
    await server.db.query(sql, [user.id]);
  }
  const begun = (await server.rows('SELECT gatehouse_now() AS now'))[0].now as Date;
  for (let use = 0; use < 3; use++) await server.get('/me', { token: user.token });
  await countOf(5);
  const { rows } = await server.db.query(
    `SELECT g.first_seen_at < $2 AS began_before, g.last_seen_at >= $2 AS seen_after,
       s.last_seen_at >= $2 AS session_after, s.last_seen_address, v.last_used_at >= $2 AS network_after
     FROM sightings g JOIN sessions s ON s.id = g.session_id
     JOIN verified_ips v ON v.user_id = g.user_id AND v.network = g.network WHERE g.user_id = $1`,
    [user.id, begun],
  );
  expect(rows).toEqual([
    {
      began_before: true,
      seen_after: true,
      session_after: true,
      last_seen_address: HOME,
      network_after: true,
    },
  ]);
});

it('F24: what enforcing would have meant is shown to owners and admins in prompts, for 30 days', async () => {
  const user = await server.addUser({ teamId });
  const admin = await server.addUser({ teamId, role: 'admin' });
  const blockedFor = async (by: TestUser) => {
    const path = `/teams/${teamId}/members/${user.id}`;
    return (await server.get(path, { token: by.token })).body.wouldBeBlocked;
  };
  expect(await blockedFor(admin)).toBe(0);
  // A program asks all day, in two sessions, and a person once: two networks, so two prompts.
  const second = await server.addSession(user.id);
  for (const from of [...Array(5).fill(THIEF), CAFE, HOME]) {
    await server.get('/me', { token: user.token, from });
  }
  await server.get('/me', { token: second.token, from: THIEF });
  await soon(async () => {
    expect((await sightingsOf(user)).reduce((sum, { count }) => sum + count, 0)).toBe(8);
    expect(await blockedFor(admin)).toBe(2);
  });
  const members = await server.get(`/teams/${teamId}/members`, { token: admin.token });
  const listed = members.body.data.find((member: { user: { id: string } }) => {
    return member.user.id === user.id;
  });
  expect(listed.wouldBeBlocked).toBe(2);
  await server.db.query(
    `UPDATE sightings SET would_block_at = gatehouse_now() - interval '30 days'
     WHERE user_id = $1 AND network = $2`,
    [user.id, `${CAFE}/32`],
  );
  expect(await blockedFor(admin)).toBe(1);
});

it('F24: a network that was verified since is used without a further prompt', async () => {
  const user = await server.addUser({ teamId });
  const owner = await server.addUser({ teamId, role: 'owner' });
  await server.get('/me', { token: user.token, from: CAFE });
  await soon(async () => expect(await sightingsOf(user)).toHaveLength(1));
  const { rows } = await server.db.query(
    `UPDATE sightings SET would_block_at = gatehouse_now() - interval '31 days' WHERE user_id = $1
     RETURNING would_block_at`,
    [user.id],
  );
  await server.trust(user.id, CAFE);
  await server.get('/me', { token: user.token, from: CAFE });
  await soon(async () => expect(await sightingsOf(user)).toMatchObject([{ count: 2 }]));
  const after = await server.db.query('SELECT would_block_at FROM sightings WHERE user_id = $1', [
    user.id,
  ]);
  expect(after.rows).toEqual(rows);
  const path = `/teams/${teamId}/members/${user.id}`;
  expect((await server.get(path, { token: owner.token })).body.wouldBeBlocked).toBe(0);
});

it('a refused action is no use that would have been blocked: it was', async () => {
  const user = await server.addUser({ teamId });
  const path = `/computers/${computerId}/connections`;
  expect((await server.post(path, { token: user.token, from: THIEF, body: {} })).status).toBe(403);
  await soon(async () =>
    expect(await sightingsOf(user)).toEqual([
      { network: `${THIEF}/32`, count: 1, verified: false, would_block: {} },
    ]),
  );
});

describe('over WebSocket', () => {
  const open = async (user: TestUser, from = HOME) => {
    const socket = await TestSocket.open(server, { token: user.token, from });
    await socket.next('hello');
    return socket;
  };

  it('WS-6 a socket from elsewhere would have been blocked; a refused offer was', async () => {
    const user = await server.addUser({ teamId });
    const thief = await open(user, THIEF);
    await soon(async () =>
      expect(await sightingsOf(user)).toEqual([
        { network: `${THIEF}/32`, count: 1, verified: false, would_block: { 'api.read': 1 } },
      ]),
    );
    thief.offer(computerId);
    expect(await thief.next('error')).toMatchObject({ code: 'ip_verification_required' });
    await soon(async () =>
      expect(await sightingsOf(user)).toEqual([
        { network: `${THIEF}/32`, count: 2, verified: false, would_block: { 'api.read': 1 } },
      ]),
    );
    await thief.close();
  });

  it('a socket and an offer from a verified network are use of it', async () => {
    const user = await server.addUser({ teamId });
    const socket = await open(user);
    socket.offer(computerId);
    await socket.next('offer_received');
    await soon(async () =>
      expect(await sightingsOf(user)).toEqual([
        { network: `${HOME}/32`, count: 2, verified: true, would_block: {} },
      ]),
    );
    await socket.close();
  });

  it('an offer that is only watched goes through, and is one that would have been blocked', async () => {
    const watched = await server.addTeam();
    await server.db.query(
      `UPDATE app_rules SET modes = modes || '{"computer.connect": "monitor"}' WHERE team_id = $1`,
      [watched],
    );
    const user = await server.addUser({ teamId: watched });
    const socket = await open(user, CAFE);
    socket.offer(await server.addComputer(watched));
    await socket.next('offer_received');
    await soon(async () =>
      expect(await sightingsOf(user)).toEqual([
        {
          network: `${CAFE}/32`,
          count: 2,
          verified: false,
          would_block: { 'api.read': 1, 'computer.connect': 1 },
        },
      ]),
    );
    await socket.close();
  });

  it('a computer has no session, and is not seen', async () => {
    const before = await server.count('sightings');
    const { key } = await server.addHost(teamId);
    const host = await TestSocket.open(server, { token: key, from: THIEF });
    await host.next('hello');
    await host.settled();
    // What is seen later is written later.
    const user = await server.addUser({ teamId });
    await server.get('/me', { token: user.token });
    await soon(async () => expect(await sightingsOf(user)).toHaveLength(1));
    expect(await server.count('sightings')).toBe(before + 1);
    await host.close();
  });
});

it('F14: who has no session is not seen; who comes from nowhere is, by the peer and as no network', async () => {
  const user = await server.addUser({ teamId });
  const { token } = user;
  await server.get('/me', { from: THIEF });
  await server.get('/me', { from: THIEF, token: `gate_${'A'.repeat(43)}` });
  // The trusted proxy itself, without its header.
  expect((await server.get('/me', { from: '127.0.0.1', token })).status).toBe(200);
  await server.get('/me', { token });
  await soon(async () =>
    expect(await sightingsOf(user)).toMatchObject([
      { network: `${HOME}/32`, count: 1 },
      { network: 'peer 127.0.0.1', count: 1, verified: false },
    ]),
  );
  expect(await server.count(`sightings WHERE network LIKE '127.%'`)).toBe(0);
});

it('F14: what PostgreSQL refuses is left out, and said; what others did is written', async () => {
  const [odd, other] = [await server.addUser({ teamId }), await server.addUser({ teamId })];
  await server.db.query(
    `ALTER TABLE sightings ADD CONSTRAINT sightings_of_a_test CHECK (user_id <> '${odd.id}') NOT VALID`,
  );
  try {
    await server.get('/me', { token: odd.token });
    await server.get('/me', { token: other.token });
    await soon(async () => expect(await sightingsOf(other)).toMatchObject([{ count: 1 }]));
    expect(await sightingsOf(odd)).toEqual([]);
    expect(server.log).toContain('one of the sightings can’t be written, and is left out');
  } finally {
    await server.db.query('ALTER TABLE sightings DROP CONSTRAINT sightings_of_a_test');
  }
});

it('the machine’s own IPv6 address is one like others: it logs in, and is recorded', async () => {
  const user = await server.addUser({ teamId });
  const { status, body } = await server.post('/sessions', {
    from: '::1',
    body: { email: user.email, password: user.password },
  });
  expect([status, body.verifiedIp?.network]).toEqual([201, '::/64']);
  await server.get('/me', { from: '::1', token: body.token });
  await soon(async () =>
    expect(await sightingsOf(user)).toContainEqual(expect.objectContaining({ network: '::/64' })),
  );
});

it('what was seen is not lost when the server stops', async () => {
  const user = await server.addUser({ teamId });
  await server.get('/me', { token: user.token, from: CAFE });
  await server.kill();
  expect(await sightingsOf(user)).toMatchObject([{ network: `${CAFE}/32`, count: 1 }]);
  await server.launch();
});

it.each([
  ['session', 'SELECT 1 FROM sessions WHERE user_id = $1 FOR UPDATE'],
  ['verified network', 'SELECT 1 FROM verified_ips WHERE user_id = $1 FOR UPDATE'],
])('waits for no %s that somebody is changing, and writes it afterwards', async (_what, lock) => {
  const [busy, other] = [await server.addUser({ teamId }), await server.addUser({ teamId })];
  const aged = `UPDATE verified_ips SET last_used_at = gatehouse_now() - interval '61 seconds' WHERE user_id = $1`;
  await server.db.query(aged, [busy.id]);
  const holder = await server.db.connect();
  try {
    await holder.query('BEGIN');
    await holder.query(lock, [busy.id]);
    await untilServed(() => server.get('/me', { token: busy.token }));
    await untilServed(() => server.get('/me', { token: other.token }));
    await soon(async () => expect(await sightingsOf(other)).toMatchObject([{ count: 1 }]));
    expect(await sightingsOf(busy)).toEqual([]);
    await untilServed(() => server.get('/me', { token: busy.token }));
    await holder.query('COMMIT');
  } finally {
    holder.release();
  }
  await soon(async () => expect(await sightingsOf(busy)).toMatchObject([{ count: 2 }]));
});
