import { Agent } from 'node:http';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Answer, codeOf, HOME, TestServer, type TestUser, THIEF } from '../support/harness';
import { OwnPostgres } from '../support/own-postgres';

// The attack: what happens while the database is away. Nobody may pass the gate, nobody may be told
// that he is logged out, and everything comes back by itself.

vi.setConfig({ testTimeout: 120_000 });

let postgres: OwnPostgres;
let server: TestServer;
let alice: TestUser;
let bob: TestUser;
let computerId: string;

beforeAll(async () => {
  postgres = await OwnPostgres.start();
  server = await TestServer.start({}, postgres.connectionString);
  const teamId = await server.addTeam();
  alice = await server.addUser({ teamId, role: 'owner' });
  bob = await server.addUser({ teamId });
  computerId = await server.addComputer(teamId);
});
afterAll(async () => {
  await server?.stop();
  await postgres?.remove();
});

const connect = (call: Parameters<TestServer['post']>[1]) => server.connect(computerId, call);
const logIn = () => server.logIn(alice);
const reauthenticate = () => server.verify(alice);

/** Not "no", not "logged out": ask again. */
function expectUnavailable(answer: Answer): void {
  expect(codeOf(answer)).toEqual([503, 'unavailable']);
  expect(answer.headers['content-type']).toBe('application/problem+json');
  expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
  expect(answer.headers['set-cookie']).toBeUndefined();
  expect(answer.headers.location).toBeUndefined();
  expect(answer.headers['www-authenticate']).toBeUndefined();
}

/** Every kind of call that asks the database. */
const everyKind: [string, () => Promise<Answer>][] = [
  ['connect by token', () => connect({ token: alice.token })],
  ['connect by cookie', () => connect({ cookie: alice.token })],
  ['connect from elsewhere', () => connect({ token: alice.token, from: THIEF })],
  ['connect with a token nobody has', () => connect({ token: `gate_${'A'.repeat(43)}` })],
  ['me', () => server.get('/me', { cookie: alice.token })],
  ['log-in', logIn],
  ['log-in of nobody', () => server.logIn({ email: 'a@b.example', password: 'x' })],
  ['re-authentication', reauthenticate],
  ['log-out', () => server.delete('/sessions/current', { cookie: alice.token })],
  ['readiness', () => server.get('//api/health/ready')],
];

async function expectRecovery(): Promise<void> {
  await vi.waitFor(
    async () => {
      expect((await connect({ token: alice.token })).status).toBe(201);
      expect((await connect({ cookie: alice.token })).status).toBe(201);
      expect((await server.get('//api/health/ready')).status).toBe(200);
    },
    { timeout: 30_000, interval: 100 },
  );
}

/** Statements of the server that run now. */
const atWork = () =>
  server.count(
    `pg_stat_activity WHERE application_name = 'gatehouse' AND state = 'active' AND datname = current_database()`,
  );

describe('the database goes away and comes back', () => {
  it.each([
    ['DB-1 stopped at once', () => postgres.stopImmediately()],
    ['DB-8 killed', () => postgres.crash()],
  ])('%s under load: 201 or 503, nothing acknowledged is lost, no restart', async (_row, end) => {
    const { pid } = server;
    const agent = new Agent({ keepAlive: true, maxSockets: 16 });
    const answers: Answer[] = [];
    let isOver = false;
    // Each its own session: one alone may not ask so often.
    const worker = async (index: number) => {
      const { token } = await server.addSession(index % 2 ? alice.id : bob.id);
      const who = index % 2 ? { token } : { cookie: token };
      while (!isOver) {
        answers.push(await connect({ ...who, agent }));
      }
    };
    const load = Promise.all(Array.from({ length: 16 }, (_none, index) => worker(index)));
    await vi.waitFor(() => expect(answers.length).toBeGreaterThan(50), { timeout: 30_000 });
    await end();
    const whileAway = answers.length;
    await vi.waitFor(() => expect(answers.length).toBeGreaterThan(whileAway + 50), {
      timeout: 30_000,
    });
    for (const [, ask] of everyKind) expectUnavailable(await ask());
    isOver = true;
    await load;
    agent.destroy();
    await postgres.begin();

    const made = answers.filter(({ status }) => status === 201);
    const refused = answers.filter(({ status }) => status !== 201);
    expect(made.length).toBeGreaterThan(0);
    expect(refused.length).toBeGreaterThan(0);
    for (const answer of refused) expectUnavailable(answer);
    await expectRecovery();
    expect(server.pid).toBe(pid);

    const ids = made.map(({ body }) => body.connection.id);
    expect(await server.count('connections WHERE id = ANY($1)', [ids])).toBe(ids.length);
    // What was answered 503 may have been done or not, but a connection never without its audit row.
    expect(await server.count('audit_events WHERE type = $1', ['connection.requested'])).toBe(
      await server.count('connections'),
    );
  });

  it('DB-2 frozen: every call is answered 503 while nothing moves', async () => {
    await expectRecovery();
    const before = await server.count('connections');
    await postgres.freeze();
    try {
      for (const [name, ask] of everyKind) {
        const startedAt = performance.now();
        expectUnavailable(await ask());
        // The promise is 2 seconds; the rest is for a busy machine.
        expect([name, performance.now() - startedAt < 8_000]).toEqual([name, true]);
      }
    } finally {
      await postgres.thaw();
    }
    await vi.waitFor(async () => expect(await atWork()).toBe(0), { timeout: 20_000 });
    expect(await server.count('connections')).toBe(before);
    await expectRecovery();
  });

  it('DB-16 a start without a database stays, says that it is not ready, and becomes it', async () => {
    await server.kill();
    await postgres.stopImmediately();
    await server.launch();
    const { pid } = server;
    // O8: it says that it is ready when it is.
    expect(server.log).toMatch(/^Gatehouse waits for its database; its log says why\.$/m);
    expect(server.log).not.toContain('Gatehouse is ready');
    expect((await server.get('//api/health/live')).status).toBe(200);
    for (const [, ask] of everyKind) expectUnavailable(await ask());
    // That it is away is said in a line; nothing fails for it.
    expect(server.log).not.toContain('"stack"');
    await postgres.begin();
    await vi.waitFor(
      async () => expect((await server.get('//api/health/ready')).status).toBe(200),
      { timeout: 40_000, interval: 100 },
    );
    await vi.waitFor(() => expect(server.log).toContain('Gatehouse is ready'));
    await expectRecovery();
    expect(server.pid).toBe(pid);
  });
});

describe('the database answers, but not as it should', () => {
  /** A connection of the test's own, in a transaction that holds what `sql` locks. */
  async function holding(sql: string, work: () => Promise<void>): Promise<void> {
    const client = await server.db.connect();
    try {
      await client.query('BEGIN');
      await client.query(sql);
      await work();
    } finally {
      await client.query('ROLLBACK');
      client.release();
    }
  }

  it('DB-3 with every connection taken a further call is 503, not an endless queue', async () => {
    const before = await server.count('connections');
    await holding('LOCK TABLE connections IN ACCESS EXCLUSIVE MODE', async () => {
      const calls = Array.from({ length: 40 }, () => connect({ token: alice.token }));
      for (const answer of await Promise.all(calls)) expectUnavailable(answer);
    });
    expect(await server.count('connections')).toBe(before);
    await expectRecovery();
  });

  it('DB-4 a statement that takes too long is cut, and others go on', async () => {
    await holding(`SELECT FROM users WHERE id = '${bob.id}' FOR UPDATE`, async () => {
      const slow = connect({ token: bob.token });
      await vi.waitFor(async () => expect(await waiting()).toBe(1));
      expect((await connect({ token: alice.token })).status).toBe(201);
      expectUnavailable(await slow);
      await vi.waitFor(async () => expect(await waiting()).toBe(0));
    });
    expect((await connect({ token: bob.token })).status).toBe(201);
  });
  const waiting = () =>
    server.count(
      `pg_stat_activity WHERE application_name = 'gatehouse' AND wait_event_type = 'Lock'`,
    );

  it('DB-5 read-only: nothing is verified or done without a row', async () => {
    const name = new URL(server.databaseUrl).pathname.slice(1);
    const admin = new pg.Client(postgres.connectionString);
    await admin.connect();
    const cut = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${name}'`;
    const before = await rowsThatAuthenticate();
    try {
      await admin.query(`ALTER DATABASE ${name} SET default_transaction_read_only = on`);
      await admin.query(cut);
      for (let round = 0; round < 3; round += 1) {
        for (const answer of [
          await logIn(),
          await reauthenticate(),
          await connect({ token: alice.token }),
          await connect({ token: alice.token, from: THIEF }),
        ]) {
          expectUnavailable(answer);
          expect(answer.text).not.toMatch(/verifiedIp|gate_/);
        }
      }
      // What only reads may go on, as whoever it was.
      const { status, body } = await server.get('/me', { token: alice.token });
      expect([status, body.user.id]).toEqual([200, alice.id]);
    } finally {
      await admin.query(`ALTER DATABASE ${name} RESET default_transaction_read_only`);
      await admin.query(cut);
      await admin.end();
    }
    await expectRecovery();
    expect(await rowsThatAuthenticate()).toEqual(before);
  });
  const rowsThatAuthenticate = async () => {
    const sql = 'SELECT id, verified_at FROM verified_ips ORDER BY id';
    return { trust: await server.rows(sql), sessions: await server.count('sessions') };
  };

  it.each([
    ['53200', 'out of memory'],
    ['57P03', 'starting up'],
    ['58030', 'an input/output error'],
    ['XX001', 'a damaged page'],
  ])('DB-6 the session look-up fails with %s, %s: 503, never "logged out"', async (code) => {
    await server.db.query(
      `CREATE OR REPLACE FUNCTION gatehouse_now() RETURNS timestamptz(3) LANGUAGE plpgsql VOLATILE
       AS $f$ BEGIN RAISE EXCEPTION 'the test says so' USING ERRCODE = '${code}'; END $f$`,
    );
    try {
      for (const call of [{ token: alice.token }, { cookie: alice.token }]) {
        expectUnavailable(await server.get('/me', call));
        expectUnavailable(await connect({ ...call, from: HOME }));
      }
      expectUnavailable(await logIn());
      expectUnavailable(await reauthenticate());
      for (const page of ['//', '//account']) {
        const { status, headers } = await server.get(page, { cookie: alice.token });
        // O8: no fault of the page's.
        expect([page, status]).toEqual([page, 503]);
        expect(Number(headers['retry-after'])).toBeGreaterThan(0);
        expect(headers.location ?? '').not.toContain('/login');
        expect(headers['set-cookie']).toBeUndefined();
      }
    } finally {
      await server.freezeClock(null);
    }
    await expectRecovery();
  });

  it.each(['sessions', 'users', 'verified_ips', 'connections'])(
    'P3 DB-6 DB-17 without its table %s it is 503 too, and said as what it is: no outage',
    async (table) => {
      await server.db.query(`ALTER TABLE ${table} RENAME TO gone`);
      try {
        for (const answer of [await connect({ token: alice.token }), await logIn()]) {
          if (answer.status !== 201) expectUnavailable(answer);
        }
        const answer = await connect({ token: alice.token });
        expectUnavailable(answer);
        expect(answer.body.detail).toContain('The database has not all that this version needs');
        await vi.waitFor(() =>
          expect(server.log).toMatch(
            new RegExp(`the database lacks a table.*${table}|${table}.*the database lacks a table`),
          ),
        );
      } finally {
        await server.db.query(`ALTER TABLE gone RENAME TO ${table}`);
      }
      await expectRecovery();
    },
  );

  it('O5: nor is it ready without a table that hardly anything asks, and the log names it', async () => {
    await expectRecovery();
    await server.db.query('ALTER TABLE sso_log_outs RENAME TO gone');
    try {
      expectUnavailable(await server.get('//api/health/ready'));
      expect(server.log).toContain('The database lacks sso_log_outs, ');
    } finally {
      await server.db.query('ALTER TABLE gone RENAME TO sso_log_outs');
    }
    await expectRecovery();
  });
});

it('ADM-3 none of this wrote a token or password into the log', () => {
  expect(server.findLeakedSecrets()).toEqual([]);
});
