import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { BoundedClient, BoundedPool } from './bounded-client';
import { isDatabaseUnavailable } from './postgres/database';
import { type EmbeddedPostgres, startEmbeddedPostgres } from './postgres/embedded';

vi.setConfig({ hookTimeout: 60_000 });

/** So long that PostgreSQL answers within it on a busy machine. */
const LIMIT_MS = 1_000;
const bounds = { connectWithinMs: LIMIT_MS, answerWithinMs: LIMIT_MS };
const short = { connectWithinMs: 50, answerWithinMs: 50 };

const scratch = mkdtempSync(path.join(tmpdir(), 'gatehouse-bounded-'));
chmodSync(scratch, 0o755);
let postgres: EmbeddedPostgres;
let pool: BoundedPool;

beforeAll(async () => {
  postgres = await startEmbeddedPostgres(scratch);
  pool = new BoundedPool({ connectionString: postgres.connectionString, max: 1, ...bounds });
});
afterAll(async () => {
  await pool?.end();
  await postgres?.stop();
  rmSync(scratch, { recursive: true, force: true });
});

/** The process does something else, and hears nothing. */
function beBusy(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1.3 * LIMIT_MS);
}

const failureOf = (work: Promise<unknown>) =>
  work.then(
    () => null,
    (error: unknown) => error,
  );

describe('a database that is silent', () => {
  const sockets = new Set<Socket>();
  const silent = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
  });
  let connectionString: string;
  beforeAll(async () => {
    await once(silent.listen(0, '127.0.0.1'), 'listening');
    connectionString = `postgresql://a:b@127.0.0.1:${(silent.address() as AddressInfo).port}/c`;
  });
  afterAll(() => {
    for (const socket of sockets) socket.destroy();
    silent.close();
  });

  it('is not waited for at a connection', async () => {
    const client = new BoundedClient({ connectionString, ...short });
    expect(isDatabaseUnavailable(await failureOf(client.connect()))).toBe(true);
  });

  it('is not waited for in a pool, whether one opens a connection or waits for one', async () => {
    const other = new BoundedPool({ connectionString, max: 1, ...short });
    for (const error of await Promise.all([
      failureOf(other.query('SELECT 1')),
      failureOf(other.query('SELECT 1')),
      failureOf(other.connect()),
    ])) {
      expect(isDatabaseUnavailable(error)).toBe(true);
    }
    await other.end();
  });

  it('is not waited for in a statement, and the next one gets another connection', async () => {
    const [before] = (await pool.query('SELECT pg_backend_pid() AS pid')).rows;
    const error = await failureOf(pool.query('SELECT pg_sleep(600)'));
    expect(isDatabaseUnavailable(error)).toBe(true);
    const [after] = (await pool.query('SELECT pg_backend_pid() AS pid')).rows;
    expect(after.pid).not.toBe(before.pid);
    await pool.query('SELECT pg_terminate_backend($1)', [before.pid]);
  });

  it('a connection that comes free after its asker has left is there for the next one', async () => {
    const client = await pool.connect();
    expect(isDatabaseUnavailable(await failureOf(pool.connect()))).toBe(true);
    client.release();
    expect((await pool.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
    expect(pool.totalCount).toBe(1);
  });
});

describe('O8 a process that is busy takes its own stall for no silence of the database', () => {
  it('in a statement', async () => {
    await pool.query('SELECT 1');
    const answer = pool.query('SELECT 1 AS one');
    beBusy();
    expect((await answer).rows).toEqual([{ one: 1 }]);
  });

  it('while it connects', async () => {
    const client = new BoundedClient({ connectionString: postgres.connectionString, ...bounds });
    const connected = client.connect();
    beBusy();
    await connected;
    await client.end();
  });

  it('while it waits for a free connection', async () => {
    const client = await pool.connect();
    const next = pool.query('SELECT 1 AS one');
    beBusy();
    client.release();
    expect((await next).rows).toEqual([{ one: 1 }]);
  });
});
