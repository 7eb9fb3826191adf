import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { Prisma } from '@/lib/platform/prisma/client';
import { findSeenNetworks } from '@/lib/store/seen-networks';
import { BIG, type Filled, fillTeam, PAGES, type Size, SMALL } from '../support/big-team';
import { type Statement, startCountingRelay } from '../support/database-relay';
import { TestServer, type TestUser } from '../support/harness';

// A team of 5,000, with all that it gathers in a year, costs what a team of 3 costs: the same statements, of
// a bounded length, and answers of a bounded length. What was ever listed whole comes page by page.

vi.setConfig({ testTimeout: 120_000 });

type Team = Filled & { teamId: string; owner: TestUser };

let server: TestServer;
let small: Team;
let big: Team;
let stopRelay: () => void;
let statements: Statement[] = [];

/** What the server asks by itself, in its own time: what is told after a commit, and what was gathered. */
const isServersOwn = ({ sql }: Statement) =>
  /gatehouse_announce\(\)|FROM jsonb_to_recordset/.test(sql);

async function addTeam(size: Size): Promise<Team> {
  const teamId = await server.addTeam();
  const owner = await server.addUser({ teamId, role: 'owner', name: 'Olga' });
  return { teamId, owner, ...(await fillTeam(server.db, { teamId, owner }, size)) };
}

beforeAll(async () => {
  const relay = await startCountingRelay(TestServer.postgresUrl(), (statement) => {
    if (!isServersOwn(statement)) statements.push(statement);
  });
  stopRelay = relay.stop;
  server = await TestServer.start({}, relay.connectionString);
  small = await addTeam(SMALL);
  big = await addTeam(BIG);
  await server.db.query('ANALYZE');
  // What is written of a session's first use is written once.
  for (const { owner } of [small, big]) {
    await server.get('/me', { token: owner.token });
    await vi.waitFor(async () => {
      const seen = 'sightings WHERE user_id = $1';
      expect(await server.count(seen, [owner.id])).toBe(1);
    }, 10_000);
  }
});
afterAll(async () => {
  await server?.stop();
  stopRelay?.();
});

type List = {
  path: (team: Team) => string;
  /** Its rows in its order; by the team, its owner and the owner's email. */
  order: string;
  /** A further row, at a place of its own each time. */
  add: string;
  /** Walked as far as this; null: to its end. */
  rows?: number;
};

/** Those online first, then by name, in which numbers count as such. */
const NATURAL = String.raw`NOT online, regexp_replace(
  regexp_replace(lower(name), '([0-9]+)', '00000000000\1', 'g'), '0*([0-9]{12})', '\1', 'g')`;

const LISTS: Record<string, List> = {
  sessions: {
    path: () => '/sessions',
    order: 'SELECT id FROM sessions WHERE user_id = $2 ORDER BY created_at DESC, id DESC',
    add: `INSERT INTO sessions (user_id, token_hash, client, expires_at)
      SELECT $2, sha256((random()::text)::bytea), 'Added', gatehouse_now() + interval '30 days'`,
  },
  'own verified IPs': {
    path: () => '/me/verified-ips',
    order: 'SELECT id FROM verified_ips WHERE user_id = $2 ORDER BY verified_at DESC, id DESC',
    add: `INSERT INTO verified_ips (user_id, network, address, method, verified_at, last_used_at)
      SELECT $2, a || '/32', a, 'password', gatehouse_now(), gatehouse_now()
      FROM (SELECT '100.20.30.' || count(*) % 200 AS a FROM verified_ips WHERE user_id = $2) n`,
  },
  'verified IPs of a member': {
    path: ({ teamId, owner }) => `/teams/${teamId}/members/${owner.id}/verified-ips`,
    order: 'SELECT id FROM verified_ips WHERE user_id = $2 ORDER BY verified_at DESC, id DESC',
    add: `UPDATE verified_ips SET last_used_at = gatehouse_now() + interval '1 day' * random()
      WHERE user_id = $2 AND random() < 0.5`,
  },
  friends: {
    path: () => '/friends',
    order:
      'SELECT id FROM friendships WHERE requester_id = $2 OR email = $3 ORDER BY created_at DESC, id DESC',
    add: `INSERT INTO friendships (requester_id, email) SELECT $2, random() || '@example.com'`,
  },
  'requests to me': {
    path: () => '/friends?state=incoming',
    order: `SELECT id FROM friendships WHERE email = $3 AND accepted_at IS NULL AND requester_id <> $2
      ORDER BY created_at DESC, id DESC`,
    add: `INSERT INTO friendships (requester_id, email) SELECT user_id, $3 FROM memberships m
      WHERE team_id = $1 AND role = 'member' AND NOT EXISTS (
        SELECT 1 FROM friendships f WHERE f.requester_id = m.user_id) LIMIT 1`,
  },
  'own computers': {
    path: () => '/computers',
    order: `SELECT id FROM computers WHERE team_id = $1 AND removed_at IS NULL ORDER BY ${NATURAL}, id`,
    add: `INSERT INTO computers (team_id, name, host_key_hash)
      SELECT $1, chr(97 + (random() * 25)::int) || random(), sha256((random()::text)::bytea)`,
  },
  'computers of a team': {
    path: ({ teamId }) => `/teams/${teamId}/computers`,
    order: `SELECT id FROM computers WHERE team_id = $1 AND removed_at IS NULL ORDER BY ${NATURAL}, id`,
    add: `INSERT INTO computers (team_id, name, host_key_hash)
      SELECT $1, chr(97 + (random() * 25)::int) || random(), sha256((random()::text)::bytea)`,
  },
  'computers by name': {
    path: ({ teamId }) => `/teams/${teamId}/computers?q=%C3%9CBER`,
    order: `SELECT id FROM computers WHERE team_id = $1 AND strpos(name, 'Über') > 0 ORDER BY ${NATURAL}, id`,
    add: `INSERT INTO computers (team_id, name, host_key_hash)
      SELECT $1, 'Über ' || random(), sha256((random()::text)::bytea)`,
  },
  members: {
    path: ({ teamId }) => `/teams/${teamId}/members`,
    order: `SELECT u.id FROM users u JOIN memberships m ON m.user_id = u.id WHERE m.team_id = $1 ORDER BY lower(u.name), u.id`,
    add: `WITH added AS (INSERT INTO users (email, name)
        SELECT random() || '@example.com', chr(97 + (random() * 25)::int) || random() RETURNING id)
      INSERT INTO memberships (team_id, user_id, role) SELECT $1, id, 'member' FROM added`,
  },
  'members by name': {
    path: ({ teamId }) => `/teams/${teamId}/members?query=MEMBER%201`,
    order: `SELECT u.id FROM users u JOIN memberships m ON m.user_id = u.id
      WHERE m.team_id = $1 AND lower(u.name) LIKE 'member 1%' ORDER BY lower(u.name), u.id`,
    add: `WITH added AS (INSERT INTO users (email, name)
        SELECT random() || '@example.com', 'Member 1' || random() RETURNING id)
      INSERT INTO memberships (team_id, user_id, role) SELECT $1, id, 'member' FROM added`,
  },
  'members by role, the other way round': {
    path: ({ teamId }) => `/teams/${teamId}/members?sort=-role`,
    order: `SELECT u.id FROM users u JOIN memberships m ON m.user_id = u.id WHERE m.team_id = $1
      ORDER BY m.role = 'owner', m.role = 'admin', lower(u.name) DESC, u.id DESC`,
    add: `WITH added AS (INSERT INTO users (email, name)
        SELECT random() || '@example.com', chr(97 + (random() * 25)::int) || random() RETURNING id)
      INSERT INTO memberships (team_id, user_id, role) SELECT $1, id, 'member' FROM added`,
  },
  networks: {
    path: ({ teamId }) => `/teams/${teamId}/seen-networks?sort=network`,
    order: `SELECT network AS id FROM (
        SELECT v.network FROM memberships m JOIN verified_ips v ON v.user_id = m.user_id WHERE m.team_id = $1
        UNION SELECT g.network FROM memberships m JOIN sightings g ON g.user_id = m.user_id
          AND g.last_seen_at >= m.created_at AND g.reason IS NULL WHERE m.team_id = $1) n
      ORDER BY network::inet`,
    add: `INSERT INTO verified_ips (user_id, network, address, method, verified_at, last_used_at)
      SELECT $2, a || '/32', a, 'password', gatehouse_now(), gatehouse_now()
      FROM (SELECT (random() * 200)::int + 1 || '.20.30.' || (random() * 250)::int AS a) n
      ON CONFLICT DO NOTHING`,
  },
  invitations: {
    path: ({ teamId }) => `/teams/${teamId}/invites`,
    order: 'SELECT id FROM invites WHERE team_id = $1 ORDER BY created_at DESC, id DESC',
    add: `INSERT INTO invites (team_id, email, role, token_hash, invited_by, expires_at)
      SELECT $1, random() || '@example.com', 'member', sha256((random()::text)::bytea), $2, gatehouse_now() + interval '1 day'`,
  },
  'identity providers': {
    path: ({ teamId }) => `/teams/${teamId}/sso-connections`,
    order: 'SELECT id FROM sso_connections WHERE team_id = $1 ORDER BY name, id',
    add: `INSERT INTO sso_connections (team_id, kind, name, settings, sealed_secret)
      SELECT $1, 'oidc', chr(97 + (random() * 25)::int) || random(), settings, '' FROM sso_connections WHERE team_id = $1 LIMIT 1`,
  },
  rulesets: {
    path: ({ teamId }) => `/teams/${teamId}/app-rules`,
    order: 'SELECT id FROM app_rules WHERE team_id = $1 ORDER BY is_default DESC, lower(name), id',
    add: `INSERT INTO app_rules (team_id, name, is_default)
      SELECT $1, chr(97 + (random() * 25)::int) || random(), false`,
  },
  events: {
    path: ({ teamId }) => `/teams/${teamId}/events`,
    order: `SELECT id::text FROM audit_events e WHERE team_id = $1
      OR EXISTS (SELECT 1 FROM event_teams t WHERE t.event_id = e.id AND t.team_id = $1) ORDER BY e.at DESC, e.id DESC LIMIT 1500`,
    add: `INSERT INTO audit_events (type, actor_kind, team_id) SELECT 'team.renamed', 'system', $1`,
    rows: 1_500,
  },
};

/** What rows a page has at most, as they are sent. */
const ANSWER_BYTES_MAX = 128 * 1_024;
/** What the longest page of HTML has: its rows twice, as text and for the scripts. */
const PAGE_BYTES_MAX = 512 * 1_024;
const STATEMENT_BYTES_MAX = 16 * 1_024;

const on = (path: string, query: string) => `${path}${path.includes('?') ? '&' : '?'}${query}`;

type Cost = { statements: Statement[]; bytes: number; ms: number };

async function costOf(path: string, { owner }: Team): Promise<Cost> {
  statements = [];
  const begun = performance.now();
  const answer = await (path.startsWith('/api/v1/')
    ? server.get(path.slice('/api/v1'.length), { token: owner.token })
    : server.get(`/${path}`, { cookie: owner.token }));
  expect(answer.status, `${path}: ${answer.text.slice(0, 300)}`).toBe(200);
  const ms = performance.now() - begun;
  return { statements, bytes: Buffer.byteLength(answer.text), ms };
}

/** What else the server asks of its own meanwhile only adds: then each is asked again. */
async function expectSameCost(name: string, path: (team: Team) => string, bytesMax: number) {
  let few = await costOf(path(small), small);
  let many = await costOf(path(big), big);
  for (let i = 0; i < 20 && few.statements.length !== many.statements.length; i++) {
    few = fewer(few, await costOf(path(small), small));
    many = fewer(many, await costOf(path(big), big));
  }
  const [kilobytes, ms] = [Math.round(many.bytes / 1_024), Math.round(many.ms)];
  console.log(
    `${name}: ${few.statements.length} statements, ${kilobytes} KiB, ${ms} ms, ${(many.ms / few.ms).toFixed(1)} times as long`,
  );
  const texts = ({ statements }: Cost) => statements.map(({ sql }) => sql.slice(0, 60)).join('\n');
  expect(many.statements.length, `${texts(many)}\nand in a small team\n${texts(few)}`).toBe(
    few.statements.length,
  );
  for (const { sql, bytes } of many.statements)
    expect(bytes, sql).toBeLessThan(STATEMENT_BYTES_MAX);
  expect(many.bytes, 'bytes of the answer').toBeLessThan(bytesMax);
}

const fewer = (a: Cost, b: Cost) => (b.statements.length < a.statements.length ? b : a);

describe('C1, C2: a big team asks the database no more than a small one', () => {
  it.each(Object.entries(LISTS))('in the list of %s', (name, { path }) =>
    expectSameCost(name, (team) => `/api/v1${on(path(team), 'limit=100')}`, ANSWER_BYTES_MAX),
  );
  it('in how addresses are seen', () =>
    expectSameCost(
      'address-health',
      ({ teamId }) => `/api/v1/teams/${teamId}/address-health`,
      ANSWER_BYTES_MAX,
    ));
  it.each(Object.entries(PAGES))('on the page %s', (name, path) =>
    expectSameCost(name, path, PAGE_BYTES_MAX),
  );
});

describe('C3: every list comes page by page, in one way', () => {
  const get = (path: string) => server.get(path, { token: big.owner.token });

  it.each(Object.entries(LISTS))('refuses what is no page of %s', async (name, { path }) => {
    const own = path(big);
    const other = LISTS[name === 'sessions' ? 'friends' : 'sessions'];
    const foreign = [
      (await get(on(other?.path(big) ?? '', 'limit=1'))).body.nextCursor,
      // Of the same list, but somebody else's.
      (await server.get(on(path(small), 'limit=1'), { token: small.owner.token })).body.nextCursor,
    ];
    for (const cursor of [...foreign, 'x', '-1', '', encodeURIComponent('é'), 'A'.repeat(1_001)]) {
      const answer = await get(on(own, `cursor=${cursor}`));
      expect(answer, `cursor=${cursor}`).toMatchObject({
        status: 400,
        body: { code: 'invalid_request', errors: [{ path: 'cursor' }] },
      });
    }
    const tooMany = name === 'events' ? 'limit=1001' : 'limit=101';
    for (const query of ['limit=0', tooMany, 'limit=1e9', 'limit=', 'limit=1&limit=2', 'x=1']) {
      expect((await get(on(own, query))).status, query).toBe(400);
    }
  });

  it.each(Object.entries(LISTS))(
    'shows each row of %s once, in order, while others are added',
    async (name, list) => {
      const { teamId, owner } = big;
      const values = [teamId, owner.id, owner.email];
      const run = (sql: string) => {
        // A statement takes those it names alone, in their order.
        const numbers = [...new Set([...sql.matchAll(/\$(\d)/g)].map(([, n]) => Number(n)))].sort();
        const renumbered = sql.replace(/\$(\d)/g, (_, n) => `$${numbers.indexOf(Number(n)) + 1}`);
        return server.db.query(
          renumbered,
          numbers.map((n) => values[n - 1]),
        );
      };
      const expected: string[] = (await run(list.order)).rows.map(({ id }) => id);
      const seen: string[] = [];
      let cursor: string | null = null;
      do {
        const next: string = cursor === null ? '' : `&cursor=${cursor}`;
        const page = await get(on(list.path(big), `limit=100${next}`));
        expect(page.status, page.text).toBe(200);
        expect(page.body.data.length).toBeGreaterThan(0);
        seen.push(
          ...page.body.data.map(
            (row: { id?: string; user?: { id: string }; network?: string }) =>
              row.id ?? row.user?.id ?? row.network,
          ),
        );
        cursor = page.body.nextCursor;
        await run(list.add);
      } while (cursor !== null && seen.length < (list.rows ?? Number.POSITIVE_INFINITY));
      expect(expected.length, name).toBeGreaterThan(100);
      expect(new Set(seen).size).toBe(seen.length);
      const before = new Set(expected);
      expect(seen.filter((id) => before.has(id))).toEqual(expected);
    },
  );

  it('takes the numbers that events had as cursors once', async () => {
    const first = await get(`/teams/${big.teamId}/events?limit=2`);
    const byNumber = await get(
      `/teams/${big.teamId}/events?limit=2&cursor=${first.body.data[1].id}`,
    );
    const byCursor = await get(
      `/teams/${big.teamId}/events?limit=2&cursor=${first.body.nextCursor}`,
    );
    expect(byNumber.body).toEqual(byCursor.body);
  });

  it('asks no table whole for the networks of a team', async () => {
    const asked: Prisma.Sql[] = [];
    const $queryRaw = (parts: TemplateStringsArray, ...values: unknown[]) => {
      asked.push(Prisma.sql(parts, ...values));
      return [];
    };
    const order = { by: 'lastSeenAt', isDescending: true } as const;
    const first = { after: null, rows: 51 };
    await findSeenNetworks({ $queryRaw } as never, big.teamId, first, {}, order);
    const [{ text = '', values = [] } = {}] = asked;
    const { rows } = await server.db.query(`EXPLAIN (FORMAT JSON) ${text}`, values);
    const plan = JSON.stringify(rows);
    expect(plan).toContain('audit_events_refused_idx');
    expect(plan).not.toMatch(/"Seq Scan"[^{}]*"(?:audit_events|event_teams)"/);
  });

  it('tells whom a computer names to its own team alone', async () => {
    const { teamId, owner, computerId } = small;
    const both = await server.addUser({ teamId });
    await server.db.query(
      'INSERT INTO memberships (team_id, user_id, role) VALUES ($1, $2, $3::role)',
      [big.teamId, both.id, 'member'],
    );
    await server.grant(computerId, both.id);
    const named = async (path: string, token: string) =>
      (await server.get(path, { token })).body.data.map(
        ({ user }: { user: { id: string } }) => user.id,
      );
    const query = `members?computerId=${computerId}`;
    expect(await named(`/teams/${big.teamId}/${query}`, big.owner.token)).toEqual([]);
    expect(await named(`/teams/${teamId}/${query}`, owner.token)).toEqual([both.id]);
  });

  it('finds nobody by what is a pattern elsewhere', async () => {
    for (const q of ['%25', '_', '%5C', "'"]) {
      const { status, body } = await get(`/teams/${big.teamId}/members?q=${q}`);
      expect({ status, found: body.data.length }, q).toEqual({ status: 200, found: 0 });
    }
  });
});
