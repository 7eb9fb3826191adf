import { randomBytes } from 'node:crypto';
import { readdirSync } from 'node:fs';
import pg from 'pg';
import { beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { codeOf, HOME, ownServer, TestServer, type TestUser } from '../support/harness';
import { REFUSALS } from './refusals';

// What the database itself must refuse, and what must never reach it.

vi.setConfig({ testTimeout: 120_000 });

const MIGRATIONS = readdirSync('prisma/migrations').filter((name) => !name.includes('.'));

const server = ownServer();
let alice: TestUser;
let known: Record<string, string>;

beforeAll(async () => {
  const teamId = await server.addTeam();
  alice = await server.addUser({ teamId, role: 'owner' });
  const { rows } = await server.db.query('SELECT id FROM app_rules');
  const computerId = await server.addComputer(teamId);
  const memberId = (await server.addUser({ teamId })).id;
  known = { teamId, computerId, memberId, ruleId: rows[0].id, password: alice.password };
});

describe('the log of events only grows', () => {
  beforeAll(async () => {
    const logIn = { email: alice.email, password: alice.password };
    expect((await server.post('/sessions', { body: logIn })).status).toBe(201);
  });

  it.each([
    `UPDATE audit_events SET reason = 'nothing happened'`,
    'UPDATE audit_events SET at = at',
    'DELETE FROM audit_events',
    'DELETE FROM audit_events WHERE id = (SELECT max(id) FROM audit_events)',
    'TRUNCATE audit_events',
    'TRUNCATE audit_events, sightings CASCADE',
    `INSERT INTO audit_events (id, type, actor_kind) SELECT id, 'x', 'system' FROM audit_events
     ON CONFLICT (id) DO UPDATE SET type = 'x'`,
    'UPDATE event_teams SET team_id = team_id',
    'DELETE FROM event_teams',
    'TRUNCATE event_teams',
  ])('ADM-15 %s is refused to the program’s own account', async (sql) => {
    const events = async () =>
      await server.rows(
        `SELECT audit_events::text, ARRAY(SELECT team_id FROM event_teams WHERE event_id = id) AS teams
           FROM audit_events ORDER BY id`,
      );
    const before = await events();
    expect(before.length).toBeGreaterThan(0);
    await expect(server.db.query(sql)).rejects.toMatchObject({
      code: '42501',
      message: expect.stringContaining('permission denied'),
    });
    expect(await events()).toEqual(before);
  });

  it('ADM-15 a row outlives the user and the session it tells of', async () => {
    const { id, sessionId } = await server.addUser();
    await server.db.query(
      `INSERT INTO audit_events (type, actor_kind, user_id, session_id) VALUES ('x', 'system', $1, $2)`,
      [id, sessionId],
    );
    await server.db.query('DELETE FROM users WHERE id = $1', [id]);
    expect(await server.count('sessions WHERE id = $1', [sessionId])).toBe(0);
    expect(await server.count('audit_events WHERE user_id = $1', [id])).toBe(1);
  });
});

describe('F23: an event without an origin is refused, whoever writes it', () => {
  it.each([
    ['that says not who acted', `(type, request_id) VALUES ('x', 'r')`, '23502'],
    [
      'of a kind that there is not',
      `(type, actor_kind, request_id) VALUES ('x', 'god', 'r')`,
      '23514',
    ],
    ['of a person, without a request', `(type, actor_kind) VALUES ('x', 'user')`, '23514'],
    ['of a computer, without one', `(type, actor_kind) VALUES ('x', 'computer')`, '23514'],
  ])('one %s', async (_what, values, code) => {
    const before = await server.count('audit_events');
    const written = server.db.query(`INSERT INTO audit_events ${values}`);
    await expect(written).rejects.toMatchObject({ code });
    expect(await server.count('audit_events')).toBe(before);
  });
});

describe('one spelling of every network', () => {
  const insert = {
    verified_ips: (network: string) =>
      server.db.query(
        `INSERT INTO verified_ips (user_id, network, address, method, verified_at, last_used_at)
         VALUES ($1, $2, 'x', 'password', gatehouse_now(), gatehouse_now())`,
        [alice.id, network],
      ),
    challenges: (network: string) =>
      server.db.query(
        `INSERT INTO challenges (id, user_id, session_id, network, address, action, expires_at)
         VALUES ($1, $2, $3, $4, 'x', 'friend.add', gatehouse_now())`,
        [randomBytes(8).toString('hex'), alice.id, alice.sessionId, network],
      ),
    sightings: (network: string) =>
      server.db.query(
        `INSERT INTO sightings (session_id, network, user_id, address, first_seen_at, last_seen_at, count, verified)
         VALUES ($1, $2, $3, 'x', gatehouse_now(), gatehouse_now(), 1, false)`,
        [alice.sessionId, network, alice.id],
      ),
  };
  const tables = Object.keys(insert) as (keyof typeof insert)[];

  it.each([
    '198.51.100.7',
    '198.51.100.7/24',
    '198.51.100.0/24',
    '198.51.100.007/32',
    ' 198.51.100.7/32',
    '0.0.0.0/0',
    '::ffff:198.51.100.7',
    '::ffff:198.51.100.7/128',
    '::ffff:0:0/96',
    '2001:db8::1/64',
    '2001:DB8::/64',
    '2001:0db8::/64',
    '2001:db8:0:0:0:0:0:0/64',
    '2001:db8::/32',
    '::/0',
    'fe80::%eth0/64',
    'nonsense',
    '',
  ])('DB-20 %j is no network, in any table', async (network) => {
    for (const table of tables) {
      const before = await server.count(table);
      await expect(insert[table](network)).rejects.toMatchObject({
        code: expect.stringMatching(/^(23514|22P02)$/),
      });
      expect(await server.count(table)).toBe(before);
    }
  });

  it.each([
    '198.51.100.7/32',
    '::/64',
    '2001:db8:1:2::/64',
    '2001:db8:1::/48',
    '2001:db8:1:2::1/128',
  ])('DB-20 %s is one', async (network) => {
    for (const table of tables) expect((await insert[table](network)).rowCount).toBe(1);
  });
});

describe('text that PostgreSQL can’t hold', () => {
  /** Every text of a body, one after the other, with `rotten` in it. */
  function* spoil(value: unknown, rotten: string): Generator<unknown> {
    if (typeof value === 'string') yield value + rotten;
    else if (typeof value === 'object' && value !== null) {
      for (const [name, inner] of Object.entries(value)) {
        for (const spoilt of spoil(inner, rotten)) yield { ...value, [name]: spoilt };
      }
    }
  }
  const fill = <T>(value: T): T =>
    JSON.parse(JSON.stringify(value).replace(/\{(\w+)\}/g, (_all, name) => known[name] ?? 'none'));
  const bodies = Object.entries(REFUSALS).flatMap(([name, { path, body }]) =>
    JSON.stringify(body ?? {}).includes(':"') ? [{ name, path, body }] : [],
  );
  const rotten = { NUL: '\u0000', 'a lone surrogate': '\ud800' };

  it.each(
    Object.entries(rotten).flatMap(([what, text]) =>
      bodies.map((call) => [what, call.name, text, call] as const),
    ),
  )('DB-19 %s in a text of %s is 400', async (_what, name, text, { path, body }) => {
    let spoilt = 0;
    for (const bad of spoil(fill(body), text)) {
      const { token } = await server.addSession(alice.id);
      const answer = await server.call(name.split(' ')[0] ?? '', `/${fill(path)}`, {
        token,
        body: bad,
      });
      expect([JSON.stringify(bad), answer.status]).toEqual([JSON.stringify(bad), 400]);
      expect(answer.body.code).toBe('invalid_request');
      spoilt += 1;
    }
    expect(spoilt).toBeGreaterThan(0);
  });

  it.each(Object.entries(rotten))('DB-19 %s deep in an offer is 400', async (_what, text) => {
    for (const offer of [{ sdp: text }, { [`a${text}`]: 1 }, { list: [{ a: [text] }] }]) {
      const call = { token: alice.token, body: { offer } };
      const answer = await server.post(`/computers/${known.computerId}/connections`, call);
      expect([JSON.stringify(offer), answer.status]).toEqual([JSON.stringify(offer), 400]);
    }
    expect(await server.count('connections')).toBe(0);
  });

  it.each(['type', 'userId', 'cursor', 'after', 'before', 'limit'])(
    'DB-19 NUL in the query parameter %s is 400',
    async (name) => {
      const answer = await server.get(`/teams/${known.teamId}/events?${name}=a%00b`, alice);
      expect(answer.status).toBe(400);
    },
  );

  it('a value too deep to walk is 400', async () => {
    for (const [open, close] of [
      ['[', ']'],
      ['{"a":', '}'],
    ] as const) {
      const deep = `${open.repeat(9_000)}1${close.repeat(9_000)}`;
      for (const raw of [deep, `{"offer":{"a":${deep}}}`]) {
        const headers = { 'content-type': 'application/json' };
        const call = { token: alice.token, raw, headers };
        const answer = await server.post(`/computers/${known.computerId}/connections`, call);
        expect(codeOf(answer)).toEqual([400, 'invalid_request']);
      }
    }
  });

  it('DB-19 the browser’s log-in takes such text for no account and no password', async () => {
    for (const email of [
      'a%00@b.example',
      '%ed%a0%80@b.example',
      encodeURIComponent(alice.email),
    ]) {
      for (const password of ['x%00', 'x%ed%a0%80']) {
        const answer = await server.post('//api/auth/callback/credentials', {
          raw: `email=${email}&password=${password}&json=true`,
          headers: { 'content-type': 'application/x-www-form-urlencoded', origin: server.origin },
        });
        expect(answer.status).toBeLessThan(500);
        expect(answer.headers['set-cookie']?.join() ?? '').not.toContain('session=gate_');
      }
    }
  });

  it('DB-19 bytes that are no UTF-8 are 400', async () => {
    const raw = Buffer.concat([
      Buffer.from('{"email":"'),
      Buffer.from([0xff, 0xfe]),
      Buffer.from('@a.example"}'),
    ]);
    const headers = { 'content-type': 'application/json' };
    expect((await server.post('/friends', { token: alice.token, raw, headers })).status).toBe(400);
  });
});

describe('the database of another version', () => {
  /** An empty database beside those of the other tests. */
  async function emptyDatabase(): Promise<string> {
    const url = new URL(inject('postgresUrl'));
    const name = `test_${randomBytes(6).toString('hex')}`;
    const client = new pg.Client({ connectionString: url.href });
    await client.connect();
    await client.query(`CREATE DATABASE ${name}`);
    await client.end();
    url.pathname = `/${name}`;
    return url.href;
  }
  async function ask(url: string, sql: string): Promise<pg.QueryResult> {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    try {
      return await client.query(sql);
    } finally {
      await client.end();
    }
  }

  it('DB-24 two servers that start at once on an empty database make it once, and both serve', async () => {
    const url = await emptyDatabase();
    const both = await Promise.all([
      TestServer.start({ DATABASE_URL: url }),
      TestServer.start({ DATABASE_URL: url }),
    ]);
    try {
      const body = { email: 'nobody@example.com', password: 'not a password' };
      for (const one of both) {
        await vi.waitFor(
          async () => expect((await one.get('//api/health/ready')).status).toBe(200),
          { timeout: 20_000 },
        );
        expect((await one.post('/sessions', { body, from: HOME })).status).toBe(401);
      }
      const { rows } = await ask(
        url,
        'SELECT migration_name, finished_at FROM _prisma_migrations ORDER BY 1',
      );
      expect(rows.map((row) => row.migration_name)).toEqual(MIGRATIONS);
      expect(rows.every((row) => row.finished_at !== null)).toBe(true);
    } finally {
      await Promise.all(both.map((one) => one.stop()));
    }
  });

  it('DB-17 a newer version’s database is served by this one', async () => {
    await server.db.query(
      `INSERT INTO _prisma_migrations (id, checksum, migration_name, finished_at)
       VALUES ('newer', 'x', '99991231000000_newer', now())`,
    );
    await server.db.query('ALTER TABLE users ADD COLUMN nickname text');
    await server.kill();
    await server.launch();
    await server.warmUp();
    const ready = async () => (await server.get('//api/health/ready')).status;
    await expect.poll(ready, { timeout: 10_000 }).toBe(200);
    expect((await server.get('/me', alice)).status).toBe(200);
    expect(server.log).toContain('99991231000000_newer');
  });

  it.each([
    [
      'another program’s tables',
      'CREATE TABLE invoices (id int)',
      /has tables, but none of Gatehouse/,
    ],
    [
      'another line of versions',
      `CREATE TABLE _prisma_migrations (id varchar(36) PRIMARY KEY, checksum varchar(64) NOT NULL, finished_at timestamptz,
         migration_name varchar(255) NOT NULL, logs text, rolled_back_at timestamptz,
         started_at timestamptz NOT NULL DEFAULT now(), applied_steps_count int NOT NULL DEFAULT 0);
       INSERT INTO _prisma_migrations (id, checksum, migration_name, finished_at) VALUES ('1', 'x', '20000101000000_theirs', now())`,
      /20000101000000_theirs/,
    ],
  ])('DB-17 %s: the start ends with a line that says so', async (_what, sql, line) => {
    const url = await emptyDatabase();
    await ask(url, sql);
    const start = TestServer.start({ DATABASE_URL: url });
    await expect(start).rejects.toThrow(/the server ended with 1:/);
    await expect(start).rejects.toThrow(line);
  });
});
