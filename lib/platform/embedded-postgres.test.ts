import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
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
import { type EmbeddedPostgres, startEmbeddedPostgres } from './embedded-postgres';
import { StartError } from './start-error';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

// Passable, as the directories above DATA_DIR must be where the tests run as root.
const scratch = mkdtempSync(path.join(tmpdir(), 'gatehouse-pg-'));
chmodSync(scratch, 0o755);
const dataDir = path.join(scratch, 'data');
const running = new Set<EmbeddedPostgres>();

async function start(): Promise<EmbeddedPostgres> {
  const server = await startEmbeddedPostgres(dataDir);
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

const serverPid = () =>
  Number(readFileSync(path.join(dataDir, 'postgres', 'postmaster.pid'), 'utf8').split('\n')[0]);

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
