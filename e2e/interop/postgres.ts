import { once } from 'node:events';
import { runBench } from '@/bench/run';
import { TestSocket } from '../support/socket-client';
import { freePort, HOME, runServer, TEST_SECRET, TestServer, THIEF } from '../support/test-server';
import { findPostgres, findTool, makeCertificate } from './packages';
import { DebianPostgres, startPgBouncer } from './postgres-servers';
import { Table } from './table';

// PostgreSQL over TLS with an authority of one's own, and PgBouncer in between, with the programs of
// Debian's packages.

const table = new Table(['database']);
const tell = (where: string, check: string, result: string, isGood: boolean) =>
  table.tell([where], check, result, isGood);

const found = findPostgres();
const bouncer = findTool('pgbouncer', 'pgbouncer', ['--version']);
if (found === null) tell('PostgreSQL', 'run', 'apt-get install postgresql', false);
if (bouncer === null) tell('PgBouncer', 'run', 'apt-get install pgbouncer', false);

if (found) {
  await runBench(async ({ directory, onEnd }) => {
    const certificate = makeCertificate(directory, 'localhost');
    const postgres = await DebianPostgres.start(found, directory, certificate);
    onEnd(() => postgres.stop());
    const byTls = `PostgreSQL ${found.version} by TLS`;
    const plain = postgres.url;
    const url = (query: Record<string, string>, host = 'localhost') => {
      const made = new URL(plain);
      made.hostname = host;
      for (const [name, value] of Object.entries(query)) made.searchParams.set(name, value);
      return made.href;
    };
    const verified = { sslmode: 'verify-full', sslrootcert: certificate.authority };

    const refused: [string, string, RegExp][] = [
      ['without TLS', plain, /TLS alone/],
      ['an authority not named', url({ sslmode: 'verify-full' }), /authority that is not known/],
      ['another name', url(verified, '127.0.0.1'), /for another name/],
    ];
    for (const [check, databaseUrl, line] of refused) {
      const { code, text } = await startInVain(databaseUrl);
      tell(byTls, check, `exit ${code}: ${text}`, code === 1 && line.test(text));
    }

    const tls = url(verified);
    const isEncrypted = async (server: TestServer) => {
      const name = new URL(server.databaseUrl).pathname.slice(1);
      const open = await server.count(
        'pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE datname = $1 AND NOT ssl',
        [name],
      );
      const all = await server.count('pg_stat_activity WHERE datname = $1', [name]);
      tell(byTls, 'connections without TLS', `${open} of ${all}`, open === 0 && all > 0);
    };
    await checkServed(byTls, tls, {
      further: isEncrypted,
      interrupt: () => postgres.restart(),
    });

    if (!bouncer) return;
    for (const mode of ['session', 'transaction'] as const) {
      const where = `PgBouncer ${bouncer.version}, ${mode} mode`;
      const pool = await startPgBouncer(bouncer.file, mode, directory, postgres, certificate);
      onEnd(pool.stop);
      if (mode === 'session') {
        let running = pool;
        await checkServed(where, pool.url, {
          interrupt: async () => {
            await running.stop();
            running = await startPgBouncer(
              bouncer.file,
              mode,
              directory,
              postgres,
              certificate,
              Number(new URL(pool.url).port),
            );
            onEnd(running.stop);
          },
        });
        await running.stop();
      } else {
        await checkTransactionMode(where, pool.url, tls);
        await pool.stop();
      }
    }
  });
}

process.exitCode = table.end();

/** Two instances on one database: each call of the story, and what one revokes is heard by the other. */
async function checkServed(
  where: string,
  databaseUrl: string,
  {
    further,
    interrupt,
  }: {
    further?: (server: TestServer) => Promise<void>;
    interrupt: () => Promise<unknown>;
  },
): Promise<void> {
  const here = await TestServer.start({}, databaseUrl, 'owner');
  const there = await TestServer.startBeside(here);
  try {
    const teamId = await here.addTeam();
    const user = await here.addUser({ teamId, role: 'owner', at: HOME });
    const path = `/computers/${await here.addComputer(teamId)}/connections`;
    const ask = (server: TestServer, from: string) =>
      server.post(path, { from, token: user.token, body: {} });
    const story = async (when: string) => {
      const statuses = [];
      for (const server of [here, there]) {
        statuses.push((await server.get('//api/health/ready')).status);
        statuses.push((await ask(server, HOME)).status, (await ask(server, THIEF)).status);
      }
      const result = statuses.join(' ');
      tell(
        where,
        `ready, from home, stolen token${when}`,
        result,
        result === '200 201 403 200 201 403',
      );
    };
    await story('');

    // The server's zone is not UTC, so a time read by another zone would be hours off.
    const { body } = await here.get(`/teams/${teamId}/events`, { token: user.token });
    const offMs = Math.abs(Date.now() - Date.parse(body.data[0].at));
    tell(
      where,
      'the times it shows',
      `right to ${offMs < 60_000 ? 'a minute' : `${offMs} ms`}`,
      offMs < 60_000,
    );

    const socket = await TestSocket.open(there, { token: user.token });
    await socket.next('hello');
    const other = await here.addSession(user.id);
    const doomed = await TestSocket.open(there, { token: other.token });
    await doomed.next('hello');
    await here.delete(`/sessions/${other.sessionId}`, { token: user.token });
    const code = await doomed.closed();
    tell(where, 'revoked on one, closed on the other', `${code}`, code === 4401);
    await socket.close();
    await further?.(here);

    await interrupt();
    const end = Date.now() + 60_000;
    const isBack = async () => {
      for (const server of [here, there]) {
        if ((await server.get('//api/health/ready')).status !== 200) return false;
      }
      return true;
    };
    while (!(await isBack()) && Date.now() < end)
      await new Promise((done) => setTimeout(done, 200));
    await story(', restarted');
  } finally {
    await there.stop();
    await here.stop();
  }
}

/** What README.md warns of: it must show, and never let anybody through. */
async function checkTransactionMode(where: string, pooled: string, direct: string): Promise<void> {
  const made = await TestServer.start({}, direct, 'owner');
  try {
    const name = new URL(made.databaseUrl).pathname;
    const url = new URL(pooled);
    url.pathname = name;
    const { code, text, ready } = await startInVain(url.href, true);
    const result = code === null ? `${ready}, for 15 s` : `exit ${code}: ${text}`;
    tell(where, 'readiness', result, ready !== 200 && (ready !== null || code === 1));
  } finally {
    await made.stop();
  }
}

/**
 * Starts a server that should not become ready.
 * @returns its exit code and what it said; where it goes on, what it answers to whether it is ready
 */
async function startInVain(databaseUrl: string, mayGoOn = false) {
  const port = await freePort();
  const run = runServer({
    PORT: String(port),
    DATABASE_URL: databaseUrl,
    // That of the server that has made the database: it is not for another one that this is not ready.
    AUTH_SECRET: TEST_SECRET,
    DRAIN_SECONDS: '0',
    LOG_LEVEL: 'silent',
  });
  const { child, ended } = run;
  await Promise.race([ended, once(child.stdout, 'data')]);
  let ready: number | null = null;
  if (child.exitCode === null) {
    if (mayGoOn) {
      // Once is enough to send people there.
      for (let count = 0; count < 60 && ready !== 200; count += 1) {
        await new Promise((done) => setTimeout(done, 250));
        const url = `http://127.0.0.1:${port}/api/health/ready`;
        ready = await fetch(url).then(
          ({ status }) => status,
          () => ready,
        );
      }
    }
    child.kill('SIGTERM');
  }
  await ended;
  return { code: ready === null ? child.exitCode : null, text: run.stderr.trim(), ready };
}
