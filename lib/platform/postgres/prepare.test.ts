import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { connection } from './connection';
import { databaseIsPrepared, setDatabaseIsPrepared } from './database-state';
import { type EmbeddedPostgres, startEmbeddedPostgres } from './embedded';
import { MigrationError, migrate } from './migrate';
import { prepareDatabase } from './prepare';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const settings = vi.hoisted(() => ({ current: {} as Record<string, string> }));

vi.mock('@/lib/platform/env', async (original) => {
  const actual = await original<typeof import('@/lib/platform/env')>();
  return { ...actual, env: () => actual.parseEnv(settings.current) };
});

const scratch = mkdtempSync(path.join(tmpdir(), 'gatehouse-prepare-'));
chmodSync(scratch, 0o755);
const AUTH_SECRET = 's'.repeat(32);

let server: EmbeddedPostgres;

beforeAll(async () => {
  server = await startEmbeddedPostgres(path.join(scratch, 'elsewhere'));
});
afterAll(async () => {
  await server.stop();
  rmSync(scratch, { recursive: true, force: true });
});

it('without DATABASE_URL the database is embedded, up to date, and stops with us', async () => {
  setDatabaseIsPrepared(false);
  settings.current = { DATA_DIR: path.join(scratch, 'data'), AUTH_SECRET };
  const prepared = await prepareDatabase();
  const migrations = path.resolve(import.meta.dirname, '../../../prisma/migrations');
  try {
    expect(databaseIsPrepared()).toBe(true);
    expect((await migrate(connection().url, migrations)).applied).toEqual([]);
  } finally {
    await prepared.stop();
  }
  await expect(migrate(connection().url, migrations)).rejects.toThrow();
});

it('DB-16 a start without the database waits for it, and is ready when it answers', async () => {
  setDatabaseIsPrepared(false);
  const target = new URL(server.connectionString);
  const gate = createServer((socket) => {
    const through = connect(Number(target.port), target.hostname);
    for (const one of [socket, through]) one.on('error', () => one.destroy());
    socket.pipe(through).pipe(socket);
  });
  const listen = (port: number) =>
    new Promise<number>((resolve) =>
      gate.listen(port, '127.0.0.1', () => {
        const address = gate.address();
        resolve(address !== null && typeof address === 'object' ? address.port : 0);
      }),
    );
  const port = await listen(0);
  await new Promise((resolve) => gate.close(resolve));

  const url = new URL(server.connectionString);
  url.port = String(port);
  settings.current = { DATABASE_URL: url.href, AUTH_SECRET };
  const prepared = await prepareDatabase();
  try {
    expect(databaseIsPrepared()).toBe(false);
    await listen(port);
    await vi.waitUntil(databaseIsPrepared, 20_000);
  } finally {
    await prepared.stop();
    await new Promise((resolve) => gate.close(resolve));
  }
});

it('a database of another history stops the start: waiting would not help', async () => {
  setDatabaseIsPrepared(false);
  const url = new URL(server.connectionString);
  url.pathname = '/postgres';
  const { Client } = (await import('pg')).default;
  const client = new Client({ connectionString: url.href });
  await client.connect();
  await client.query('CREATE TABLE theirs (a int)');
  await client.end();
  settings.current = { DATABASE_URL: url.href, AUTH_SECRET };
  await expect(prepareDatabase()).rejects.toThrow(MigrationError);
  expect(databaseIsPrepared()).toBe(false);
});
