import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import {
  freePort,
  PASSWORD,
  runServer,
  TEST_SECRET,
  TestServer,
  untilServed,
} from '../support/harness';

// The fault: a role, a database or a URL has settings of its own, and the parts of one program see
// different tables, or other times. And a start that can't succeed must say so, in one line.

vi.setConfig({ testTimeout: 120_000 });

let admin: pg.Client;
beforeAll(async () => {
  admin = new pg.Client({ connectionString: inject('postgresUrl') });
  await admin.connect();
});
afterAll(() => admin.end());

/** A role and a database of its own, and the URL by which the role comes to it. */
async function makePlace(encoding = 'UTF8') {
  const name = `place_${randomBytes(5).toString('hex')}`;
  await admin.query(`CREATE ROLE ${name} LOGIN PASSWORD 'the password of the place'`);
  await admin.query(
    `CREATE DATABASE ${name} OWNER ${name} ENCODING '${encoding}' LOCALE_PROVIDER libc LOCALE 'C' TEMPLATE template0`,
  );
  const url = new URL(inject('postgresUrl'));
  url.username = name;
  url.password = 'the password of the place';
  url.pathname = `/${name}`;
  const run = async (sql: string) => {
    const inside = new URL(inject('postgresUrl'));
    inside.pathname = `/${name}`;
    const client = new pg.Client({ connectionString: inside.href });
    await client.connect();
    await client.query(sql).finally(() => client.end());
  };
  return { name, url, run };
}
type Place = Awaited<ReturnType<typeof makePlace>>;

const ODD: [string, (place: Place) => Promise<unknown>, string][] = [
  [
    'a role with a schema of its own name',
    ({ name, run }) => run(`CREATE SCHEMA ${name} AUTHORIZATION ${name}`),
    'own',
  ],
  [
    'a search path of the role',
    ({ name, run }) =>
      run(
        `CREATE SCHEMA apps AUTHORIZATION ${name}; ALTER ROLE ${name} SET search_path TO apps, public`,
      ),
    'apps',
  ],
  [
    'a search path in the URL',
    async ({ name, url, run }) => {
      await run(`CREATE SCHEMA "Apps 2" AUTHORIZATION ${name}`);
      url.searchParams.set('options', '-c search_path="Apps\\ 2"');
    },
    'Apps 2',
  ],
  [
    'Prisma’s schema in the URL',
    async ({ name, url, run }) => {
      await run(`CREATE SCHEMA theirs AUTHORIZATION ${name}`);
      url.searchParams.set('schema', 'theirs');
    },
    'theirs',
  ],
  [
    'a zone, dates, bytes and a time-out of the role',
    ({ name, run }) =>
      run(
        ["timezone TO 'Asia/Kolkata'", "datestyle TO 'SQL, DMY'", "bytea_output TO 'escape'"]
          .concat("default_transaction_isolation TO 'serializable'", 'statement_timeout TO 60000')
          .map((setting) => `ALTER ROLE ${name} SET ${setting}`)
          .join('; '),
      ),
    'public',
  ],
  [
    'a zone in the URL',
    async ({ url }) => url.searchParams.set('options', '-c timezone=Asia/Kolkata'),
    'public',
  ],
];

describe('P3: whatever the role, the database or the URL was told, all parts see the same', () => {
  it.each(ODD)('%s', async (_what, change, schema) => {
    const place = await makePlace();
    await change(place);
    const server = await TestServer.start({ DATABASE_URL: place.url.href });
    try {
      // A cold server on a busy machine says “try later” first, and a client tries later.
      await vi.waitFor(
        async () => expect((await server.get('//api/health/ready')).status).toBe(200),
        { timeout: 30_000, interval: 100 },
      );
      const { teamId, owner } = await server.setUp();
      const { token } = owner;
      const made = await untilServed(() =>
        server.post(`/teams/${teamId}/computers`, { token, body: { name: '東京 O’Brien' } }),
      );
      expect(made.status).toBe(201);
      const { id } = made.body.computer;
      const connected = await untilServed(() => server.connect(id, { token }));
      expect(connected.status).toBe(201);
      const events = () => server.get(`/teams/${teamId}/events`, { token });
      const { data } = (await untilServed(events)).body;
      expect(data.length).toBeGreaterThan(2);
      for (const { at } of data) expect(Math.abs(Date.now() - Date.parse(at))).toBeLessThan(60_000);
      const me = (await untilServed(() => server.get('/me', { token }))).body;
      expect(Math.abs(Date.now() - Date.parse(me.session.authenticatedAt))).toBeLessThan(60_000);
      expect(me.client.trusted).toBe(true);
      await place.run(
        `DO $$ BEGIN ASSERT (SELECT count(*) FROM pg_tables WHERE tablename = 'users'
           AND schemaname = '${schema === 'own' ? place.name : schema}') = 1
           AND (SELECT count(*) FROM pg_tables WHERE tablename = 'users') = 1; END $$`,
      );
    } finally {
      await server.stop();
    }
  });

  it('a schema that comes later does not hide the tables that are there', async () => {
    const place = await makePlace();
    const env = { DATABASE_URL: place.url.href };
    const first = await TestServer.start(env);
    await first.setUp();
    await first.stop();
    await place.run(`CREATE SCHEMA ${place.name} AUTHORIZATION ${place.name}`);
    const second = await TestServer.start(env);
    try {
      const logIn = { email: 'owner@example.com', password: PASSWORD };
      expect((await second.post('/sessions', { body: logIn })).status).toBe(201);
    } finally {
      await second.stop();
    }
  });
});

/** Starts the product, which must end by itself. @returns what it printed */
async function failToStart(databaseUrl: string): Promise<{ code: number | null; output: string }> {
  const directory = await mkdtemp(path.join(tmpdir(), 'gatehouse-start-'));
  const run = runServer({
    PORT: String(await freePort()),
    DATA_DIR: directory,
    DATABASE_URL: databaseUrl,
    AUTH_SECRET: TEST_SECRET,
    TRUSTED_PROXIES: '127.0.0.1',
  });
  const code = await run.ended;
  await rm(directory, { recursive: true, force: true });
  return { code, output: run.stdout + run.stderr };
}

const HOPELESS: [string, () => Promise<URL>, RegExp][] = [
  [
    'P3: an encoding that can’t hold every name',
    async () => (await makePlace('LATIN1')).url,
    /encoded as LATIN1.*CREATE DATABASE .* ENCODING 'UTF8' TEMPLATE template0;/,
  ],
  [
    'P3: no right to make tables',
    async () => {
      const place = await makePlace();
      await place.run('ALTER SCHEMA public OWNER TO CURRENT_USER');
      await place.run('REVOKE ALL ON SCHEMA public FROM PUBLIC');
      await place.run(`GRANT USAGE ON SCHEMA public TO ${place.name}`);
      return place.url;
    },
    /may not make tables.*GRANT USAGE, CREATE ON SCHEMA "public" TO "place_/,
  ],
  [
    'P3: a schema that is not there',
    async () => {
      const { url } = await makePlace();
      url.searchParams.set('schema', 'nowhere');
      return url;
    },
    /no schema nowhere.*CREATE SCHEMA "nowhere" AUTHORIZATION "place_/,
  ],
  [
    'O10: a wrong password',
    async () => {
      const { url } = await makePlace();
      url.password = 'a wrong one';
      return url;
    },
    /refuses the role place_\w+ with the password of DATABASE_URL.*ALTER ROLE/,
  ],
  [
    'O10: no such database',
    async () => {
      const { url } = await makePlace();
      url.pathname = '/nowhere';
      return url;
    },
    /There is no database nowhere.*CREATE DATABASE "nowhere" OWNER "place_/,
  ],
  [
    'O10: TLS asked of a server that speaks none',
    async () => {
      const { url } = await makePlace();
      url.searchParams.set('sslmode', 'verify-full');
      return url;
    },
    /speaks no TLS.*sslmode/,
  ],
  [
    'O10: a file of the authority that is not there',
    async () => {
      const { url } = await makePlace();
      url.searchParams.set('sslmode', 'verify-full');
      url.searchParams.set('sslrootcert', '/nowhere/ca.pem');
      return url;
    },
    /The file \/nowhere\/ca\.pem, which DATABASE_URL names, can't be read \(ENOENT\)/,
  ],
];

describe('a start that can’t succeed says in one line what is wrong, and what to write', () => {
  it.each(HOPELESS)('%s', async (_what, place, line) => {
    const url = await place();
    const { code, output } = await failToStart(url.href);
    expect(code).toBe(1);
    const lines = output.trim().split('\n');
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(line);
    expect(output).not.toContain(url.password);
    expect(output).not.toContain(decodeURIComponent(url.password));
  });
});

describe('O5: ready means that a gated call would work', () => {
  it('not while the database is read-only, nor once its tables are gone', async () => {
    const place = await makePlace();
    const server = await TestServer.start({ DATABASE_URL: place.url.href });
    const readiness = async () => (await server.get('//api/health/ready')).status;
    const endConnections = () =>
      admin.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1', [
        place.name,
      ]);
    try {
      await vi.waitFor(async () => expect(await readiness()).toBe(200), { timeout: 20_000 });
      await admin.query(`ALTER DATABASE ${place.name} SET default_transaction_read_only TO on`);
      await endConnections();
      await vi.waitFor(async () => expect(await readiness()).toBe(503), { timeout: 20_000 });
      await admin.query(`ALTER DATABASE ${place.name} RESET default_transaction_read_only`);
      await endConnections();
      await vi.waitFor(async () => expect(await readiness()).toBe(200), { timeout: 20_000 });
      await place.run('ALTER TABLE verified_ips RENAME TO gone');
      expect(await readiness()).toBe(503);
    } finally {
      await server.stop();
    }
  });

  it('C5: a database that takes no connections is 503 for every call, not a fault', async () => {
    const place = await makePlace();
    const server = await TestServer.start({ DATABASE_URL: place.url.href });
    try {
      const { owner } = await server.setUp();
      await admin.query(`ALTER DATABASE ${place.name} ALLOW_CONNECTIONS false`);
      await admin.query(
        'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1',
        [place.name],
      );
      const answers = [
        await server.get('/me', { token: owner.token }),
        await server.addFriend('a@b.example', { token: owner.token }),
        await server.logIn(owner),
        await server.get('/challenges/nothing'),
        await server.get('//api/health/ready'),
      ];
      expect(answers.map(({ status, body }) => [status, body.code])).toEqual(
        answers.map(() => [503, 'unavailable']),
      );
    } finally {
      await server.stop();
    }
  });
});

it('DB-16 a database that is not there yet is waited for, with one line a cause', async () => {
  const port = await freePort();
  const url = new URL((await makePlace()).url);
  url.port = String(port);
  const run = runServer({
    PORT: String(await freePort()),
    DATABASE_URL: url.href,
    AUTH_SECRET: TEST_SECRET,
    TRUSTED_PROXIES: '127.0.0.1',
  });
  try {
    await vi.waitFor(() => expect(run.stdout).toContain('Nothing listens at 127.0.0.1:'), 60_000);
    await vi.waitFor(
      () => expect(run.stdout).toContain('Gatehouse waits for its database'),
      60_000,
    );
    // Something else than PostgreSQL listens there by now: another cause, another line.
    const stranger = createServer((socket) => socket.end()).listen(port, '127.0.0.1');
    await vi.waitFor(() => expect(run.stdout.match(/is asked again/g)?.length).toBe(2), 60_000);
    stranger.close();
    expect(run.stdout.match(/Nothing listens/g)).toHaveLength(1);
    expect(run.stdout).not.toContain('Gatehouse is ready');
  } finally {
    run.child.kill('SIGKILL');
    await run.ended;
  }
});
