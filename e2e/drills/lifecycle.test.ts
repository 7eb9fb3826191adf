import { once } from 'node:events';
import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { Agent } from 'node:http';
import { createServer, connect as dial } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  type Answer,
  type Call,
  freePort,
  ownServer,
  runServer,
  TEST_SECRET,
  TestServer,
  type TestUser,
} from '../support/harness';

// Starts and ends: nothing that was answered is lost, and a start that can't work says why and ends.

vi.setConfig({ testTimeout: 120_000 });

/** Runs the product to its end. */
async function run(env: Record<string, string>) {
  const run = runServer(env);
  return { code: await run.ended, stdout: run.stdout, stderr: run.stderr };
}

/** Asks again where the answer is 503, as that answer says: a process that has just started is slow. */
async function patiently(ask: () => Promise<Answer>): Promise<Answer> {
  return vi.waitFor(
    async () => {
      const answer = await ask();
      if (answer.status === 503) throw new Error(answer.text);
      return answer;
    },
    { timeout: 60_000, interval: 200 },
  );
}

describe('a server with a database elsewhere', () => {
  const server = ownServer();
  let alice: TestUser;
  let computerId: string;
  beforeAll(async () => {
    const teamId = await server.addTeam();
    alice = await server.addUser({ teamId });
    computerId = await server.addComputer(teamId);
  });

  const connections = () => `/computers/${computerId}/connections`;
  const isRefused = (port: number) =>
    new Promise<boolean>((resolve) => {
      const socket = dial(port, '127.0.0.1', () => socket.destroy());
      socket.once('error', () => resolve(true));
      socket.once('close', () => resolve(false));
    });

  it('SIGTERM: a request under way is finished, sightings are written, and the end is in order', async () => {
    const body = JSON.stringify({ offer: { sdp: 'x' } });
    const idle = new Agent({ keepAlive: true });
    const first = await patiently(() => server.get('/me', { token: alice.token, agent: idle }));
    expect(first.status).toBe(200);

    const socket = dial(server.port, '127.0.0.1');
    let received = '';
    socket.on('data', (chunk: Buffer) => {
      received += chunk;
    });
    const ended = once(socket, 'close');
    const head = [
      `POST /api/v1${connections()} HTTP/1.1`,
      `Host: localhost:${server.port}`,
      `Authorization: Bearer ${alice.token}`,
      'X-Forwarded-For: 1.2.3.4',
      'Content-Type: application/json',
      'Expect: 100-continue',
      `Content-Length: ${body.length}`,
    ];
    socket.write(`${head.join('\r\n')}\r\n\r\n`);
    await vi.waitFor(() => expect(received).toContain('100 Continue'));

    const exit = server.kill('SIGTERM');
    await vi.waitFor(async () => expect(await isRefused(server.port)).toBe(true), {
      timeout: 10_000,
    });
    socket.write(body);
    await ended;
    expect(received).toMatch(/HTTP\/1\.1 201 /);
    await exit;
    expect(server.exitCode).toBe(0);
    idle.destroy();

    expect(await server.count('connections')).toBe(1);
    const { rows } = await server.db.query('SELECT network, count::int, verified FROM sightings');
    expect(rows).toEqual([{ network: '1.2.3.4/32', count: 2, verified: true }]);
    expect(server.log).not.toMatch(/"level":"(error|fatal)"/);
  });

  it('O7: a stop is seen before it is felt: not ready, served on, each connection told that it is the last', async () => {
    await server.launch({ DRAIN_SECONDS: '3' });
    await server.warmUp();
    const kept = new Agent({ keepAlive: true, maxSockets: 1 });
    const health = (path: string, agent?: Agent) =>
      server.get(`//api/health/${path}`, agent && { agent });
    await vi.waitFor(async () => expect((await health('ready', kept)).status).toBe(200));
    const socket = dial(server.port, '127.0.0.1');
    await once(socket, 'connect');

    const exit = server.kill('SIGTERM');
    const refusal = await vi.waitFor(async () => {
      const answer = await health('ready');
      expect(answer.status).toBe(503);
      return answer;
    });
    expect(refusal.body.code).toBe('unavailable');
    const alive = await health('live', kept);
    expect([alive.status, alive.headers.connection]).toEqual([200, 'close']);
    const call = { token: alice.token, body: {}, agent: new Agent({ keepAlive: true }) };
    const made = await server.post(connections(), call);
    expect([made.status, made.headers.connection]).toEqual([201, 'close']);
    expect(await isRefused(server.port)).toBe(false);

    await vi.waitFor(async () => expect(await isRefused(server.port)).toBe(true), {
      timeout: 30_000,
    });
    // It was let in while the door stood open: it is heard.
    const answered = once(socket, 'data');
    socket.write(`GET /api/health/live HTTP/1.1\r\nHost: localhost:${server.port}\r\n\r\n`);
    expect(String(await answered)).toMatch(/^HTTP\/1\.1 200 [\s\S]*^Connection: close\r$/m);
    await exit;
    expect(server.exitCode).toBe(0);
  });

  it('O7: no request of 20 clients that keep their connections is cut by a stop', async () => {
    await server.launch({ DRAIN_SECONDS: '2' });
    await server.warmUp();
    const ended: string[] = [];
    let answers = 0;
    const clients = Array.from({ length: 20 }, async () => {
      const { token } = await server.addUser();
      const agent = new Agent({ keepAlive: true, maxSockets: 1 });
      for (;;) {
        const { status, headers } = await server.get('/me', { token, agent });
        answers += 1;
        // Told that it is the last: behind a balancer it would go on elsewhere.
        if (headers.connection === 'close' || status !== 200) {
          ended.push(`${status} ${headers.connection}`);
          return;
        }
      }
    });
    await vi.waitFor(() => expect(answers).toBeGreaterThan(100), { timeout: 30_000 });
    await server.kill('SIGTERM');
    await Promise.all(clients);
    expect(ended).toEqual(Array.from({ length: 20 }, () => '200 close'));
    expect(server.log).not.toMatch(/"level":"(error|fatal)"/);
  });

  it.each(['SIGTERM', 'SIGINT'] as const)(
    'C8: log-ins under way on a path not used before are finished after %s',
    async (signal) => {
      await server.launch({ DRAIN_SECONDS: '1' });
      const users = await Promise.all(Array.from({ length: 12 }, () => server.addUser()));
      const answers = users.map(({ email, password }, index) =>
        server.logIn({ email, password }, { from: `198.51.100.${index + 1}` }),
      );
      // All are on the wire when the first has been taken in.
      await once(dial(server.port, '127.0.0.1'), 'connect');
      await server.kill(signal);
      const statuses = (await Promise.all(answers)).map(({ status }) => status);
      // 503 is an answer as well: on a busy machine the first statements take longer than they may.
      expect(statuses.filter((status) => status !== 201 && status !== 503)).toEqual([]);
      expect(statuses).toHaveLength(12);
      expect(server.exitCode).toBe(0);
    },
  );

  it('kill -9 in the middle of work, and the next start: nothing acknowledged is lost', async () => {
    await server.launch();
    const gone = await server.addSession(alice.id);
    expect((await patiently(() => server.delete('/sessions/current', gone))).status).toBe(204);

    const answers: Answer[] = [];
    const work = Promise.allSettled(
      Array.from({ length: 8 }, async () => {
        // Ends when the process does.
        for (;;) answers.push(await server.post(connections(), { token: alice.token, body: {} }));
      }),
    );
    await vi.waitFor(() => expect(answers.length).toBeGreaterThan(30), { timeout: 30_000 });
    await server.kill('SIGKILL');
    await work;
    await server.launch();

    const made = answers.flatMap(({ status, body }) =>
      status === 201 ? [body.connection.id] : [],
    );
    expect(made.length).toBeGreaterThan(30);
    expect(await server.count('connections WHERE id = ANY($1)', [made])).toBe(made.length);
    expect(await server.count(`audit_events WHERE type = 'connection.requested'`)).toBe(
      await server.count('connections'),
    );
    expect((await patiently(() => server.get('/me', alice))).status).toBe(200);
    expect((await patiently(() => server.get('/me', gone))).status).toBe(401);
    const again = () => server.post(connections(), { token: alice.token, body: {} });
    expect((await patiently(again)).status).toBe(201);
  });
});

it('O9: Ctrl-C in the middle of the warm-up closes nothing under it', async () => {
  const server = await TestServer.start();
  await server.kill();
  try {
    const run = runServer({
      DATABASE_URL: server.databaseUrl,
      AUTH_SECRET: TEST_SECRET,
      TRUSTED_PROXIES: '127.0.0.1',
      PORT: String(await freePort()),
    });
    // The pool is opened by what is asked first.
    const asked = `pg_stat_activity WHERE application_name = 'gatehouse' AND datname = current_database()`;
    await vi.waitFor(async () => expect(await server.count(asked)).toBeGreaterThan(0), {
      timeout: 60_000,
      interval: 5,
    });
    run.child.kill('SIGINT');
    expect(await run.ended).toBe(0);
    expect(run.stdout + run.stderr).not.toMatch(/after calling end|"stack"/);
    expect(run.stdout).not.toContain('Gatehouse is ready');
  } finally {
    await server.stop();
  }
});

describe('the embedded default', () => {
  let directory: string;
  let server: TestServer;
  beforeAll(async () => {
    directory = await mkdtemp(path.join(tmpdir(), 'gatehouse-embedded-'));
    // As root the database runs as another user, who must be able to walk here.
    await chmod(directory, 0o755);
    const settings = { DATABASE_URL: '', AUTH_SECRET: '' };
    server = await TestServer.start({ ...settings, DATA_DIR: path.join(directory, 'data') });
  });
  afterAll(async () => {
    await server?.stop();
    await rm(directory, { recursive: true, force: true });
  });
  const inData = (name: string) => path.join(directory, 'data', name);
  const logIn = (email: string, password: string) =>
    patiently(() => server.logIn({ email, password }));
  const me = (call: Call) => patiently(() => server.get('/me', call));

  it('serves from nothing, keeps its secrets to itself, and loses nothing by ending', async () => {
    const isReady = await patiently(() => server.get('//api/health/ready'));
    expect(isReady.status).toBe(200);
    const { owner } = await server.setUp();
    for (const name of ['auth-secret', 'postgres-password']) {
      const { mode, size } = await stat(inData(name));
      expect([name, mode & 0o777, size > 40]).toEqual([name, 0o600, true]);
    }
    const secret = await readFile(inData('auth-secret'), 'utf8');
    expect(server.log).not.toContain(secret.trim());
    const inBrowser = await logIn(owner.email, owner.password);
    for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
      const before = await me({ token: owner.token });
      expect(before.body.client.trusted).toBe(true);
      await server.kill(signal);
      if (signal === 'SIGTERM') {
        expect(server.exitCode).toBe(0);
        expect(await readdir(inData('postgres'))).not.toContain('postmaster.pid');
      }
      await server.launch();
      const after = await me({ token: owner.token });
      expect(after.status).toBe(200);
      expect(after.body.client).toEqual(before.body.client);
      expect((await me({ cookie: inBrowser.body.token })).status).toBe(200);
      expect((await logIn(owner.email, owner.password)).status).toBe(201);
      expect(await readFile(inData('auth-secret'), 'utf8')).toBe(secret);
    }
  });

  it('P5: asked to stop in the middle of a start, it leaves no database behind', async () => {
    const data = path.join(directory, 'half');
    const { child, ended } = runServer({ DATA_DIR: data, PORT: '1' });
    const pidFile = path.join(data, 'postgres', 'postmaster.pid');
    await vi.waitFor(() => readFile(pidFile), { timeout: 30_000, interval: 5 });
    child.kill('SIGTERM');
    expect(await ended).toBe(0);
    await expect(readFile(pidFile)).rejects.toThrow('ENOENT');
  });

  it('a second server on the same directory says who has it, and the first goes on', async () => {
    const { code, stderr } = await run({ DATA_DIR: inData('.'), PORT: String(await freePort()) });
    expect(code).toBe(1);
    expect(stderr).toMatch(/^DATA_DIR is in use by another Gatehouse .*\n$/);
    expect((await patiently(() => server.get('//api/health/ready'))).status).toBe(200);
  });
});

describe.concurrent('a setting that can’t work: one clear line, and exit code 1', () => {
  let directory: string;
  beforeAll(async () => {
    directory = await mkdtemp(path.join(tmpdir(), 'gatehouse-bad-'));
    await chmod(directory, 0o755);
    await writeFile(path.join(directory, 'file'), '');
  });
  afterAll(() => rm(directory, { recursive: true, force: true }));

  const SECRET = 'only this test knows this secret';
  /** A server nobody listens at: the start does not wait for it. */
  const elsewhere = { DATABASE_URL: 'postgresql://u:p@127.0.0.1:1/x', AUTH_SECRET: SECRET };

  // One of each place that refuses; which values are refused is told beside them, in lib.
  it.each<[string, Record<string, string>, RegExp]>([
    [
      'TRUSTED_PROXIES=0.0.0.0/0',
      { ...elsewhere, TRUSTED_PROXIES: '0.0.0.0/0' },
      /^TRUSTED_PROXIES: /,
    ],
    ['a short AUTH_SECRET', { ...elsewhere, AUTH_SECRET: 'short-and-secret' }, /^AUTH_SECRET .*32/],
    [
      'a DATA_DIR that is a file',
      { DATA_DIR: 'DIRECTORY/file', AUTH_SECRET: SECRET },
      /^DATA_DIR can't be written/,
    ],
    ['a DATA_DIR below a file', { DATA_DIR: 'DIRECTORY/file/data' }, /^DATA_DIR can't be written/],
    ['a HOST that is not here', { ...elsewhere, HOST: '192.0.2.1' }, /^HOST 192\.0\.2\.1 /],
  ])('%s', async (_what, { DATA_DIR = 'DIRECTORY/data', ...env }, line) => {
    const { code, stdout, stderr } = await run({
      PORT: String(await freePort()),
      LOG_LEVEL: 'silent',
      DATA_DIR: DATA_DIR.replace('DIRECTORY', directory),
      ...env,
    });
    expect(stderr).toMatch(line);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    expect(stdout).not.toContain('Gatehouse is ready');
    expect(stdout + stderr).not.toMatch(/only this test|short-and-secret|\bat .*:\d+:\d+/);
    expect(code).toBe(1);
  });

  it('two faults are told at once', async () => {
    const { code, stderr } = await run({ ...elsewhere, IPV6_PREFIX: '12', PORT: 'x' });
    expect(
      stderr
        .trimEnd()
        .split('\n')
        .map((line) => line.split(' ')[0]),
    ).toEqual(['PORT', 'IPV6_PREFIX']);
    expect(code).toBe(1);
  });

  it('a port that is taken', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as { port: number };
    const { code, stderr } = await run({ ...elsewhere, PORT: String(port), LOG_LEVEL: 'silent' });
    taken.close();
    expect(stderr).toMatch(new RegExp(`^Port ${port} on 127\\.0\\.0\\.1 is taken: .*\n$`));
    expect(code).toBe(1);
  });
});
