import { createHash } from 'node:crypto';
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { PrismaPg } from '@prisma/adapter-pg';
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { type EmbeddedPostgres, startEmbeddedPostgres } from './embedded';
import { MigrationError, migrate, readMigrations } from './migrate';
import { explainMissingTables } from './tables';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const OURS = path.resolve(import.meta.dirname, '../../../prisma/migrations');
const scratch = mkdtempSync(path.join(tmpdir(), 'gatehouse-migrate-'));
chmodSync(scratch, 0o755);

let server: EmbeddedPostgres;
let count = 0;
let url = '';
let directory = '';

beforeAll(async () => {
  server = await startEmbeddedPostgres(path.join(scratch, 'data'));
});
afterAll(async () => {
  await server.stop();
  rmSync(scratch, { recursive: true, force: true });
});

/** Each test has a database and a directory of migrations of its own. */
beforeEach(async () => {
  count += 1;
  await ask(server.connectionString, `CREATE DATABASE test${count}`);
  const own = new URL(server.connectionString);
  own.pathname = `/test${count}`;
  url = own.href;
  directory = path.join(scratch, `migrations${count}`);
  mkdirSync(directory);
});

async function ask(connectionString: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    const { rows } = await client.query<unknown[]>({ text: sql, rowMode: 'array' });
    return rows.map(([value]) => value);
  } finally {
    await client.end();
  }
}

function write(name: string, sql: string): void {
  mkdirSync(path.join(directory, name), { recursive: true });
  writeFileSync(path.join(directory, name, 'migration.sql'), sql);
}

const tables = () =>
  ask(
    url,
    "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY 1",
  );

const FUNCTION = `-- A remark; with a semicolon.
CREATE FUNCTION two() RETURNS text LANGUAGE plpgsql AS $$ BEGIN RETURN 'a;b'; END $$;`;

it('applies in order of name, once, semicolons inside bodies included', async () => {
  write('002_second', 'ALTER TABLE t ADD b int;');
  write('001_first', `CREATE TABLE t (a int);\n${FUNCTION}`);
  expect((await migrate(url, directory)).applied).toEqual(['001_first', '002_second']);
  expect(await ask(url, 'SELECT two()')).toEqual(['a;b']);
  expect((await migrate(url, directory)).applied).toEqual([]);
});

it('DB-24 of two that start at once, one works and the other waits for it', async () => {
  write('001_first', 'CREATE TABLE t (a int); SELECT pg_sleep(0.5);');
  write('002_second', 'INSERT INTO t VALUES (1);');
  const both = await Promise.all([migrate(url, directory), migrate(url, directory)]);
  expect(both.flatMap(({ applied }) => applied).sort()).toEqual(['001_first', '002_second']);
  expect(await ask(url, 'SELECT a FROM t')).toEqual([1]);
});

it('a migration that fails leaves nothing, and is tried again by the next start', async () => {
  write('001_first', 'CREATE TABLE t (a int); SELECT 1/0;');
  await expect(migrate(url, directory)).rejects.toThrow(
    'The migration 001_first does not apply to this database (division by zero). Nothing of it was kept.',
  );
  expect(await tables()).toEqual([]);
  write('001_first', 'CREATE TABLE t (a int);');
  expect((await migrate(url, directory)).applied).toEqual(['001_first']);
});

it('one that is killed in the middle leaves nothing, and is applied by the next start', async () => {
  write('001_first', 'CREATE TABLE t (a int); SELECT pg_sleep(30);');
  const killed = migrate(url, directory);
  const outcome = expect(killed).rejects.toThrow();
  const sleeping = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'test${count}' AND wait_event = 'PgSleep'`;
  await vi.waitUntil(async () => (await ask(server.connectionString, sleeping)).length > 0, 10_000);
  await outcome;
  expect(await tables()).toEqual([]);
  write('001_first', 'CREATE TABLE t (a int);');
  expect((await migrate(url, directory)).applied).toEqual(['001_first']);
});

it('one that is done in parts is done again after a kill: an index that was left half made, too', async () => {
  write('001_first', 'CREATE TABLE t (a int); INSERT INTO t VALUES (1), (1);');
  await migrate(url, directory);
  // As a kill in the middle leaves it.
  await expect(ask(url, 'CREATE UNIQUE INDEX CONCURRENTLY "t_a" ON "t"("a")')).rejects.toThrow();
  const isValid = `SELECT indisvalid FROM pg_index WHERE indexrelid = 't_a'::regclass`;
  expect(await ask(url, isValid)).toEqual([false]);
  const parts = [
    '-- Statement by statement: it is large.',
    'DO $$ BEGIN UPDATE t SET a = 2; COMMIT; PERFORM 1; END $$;',
    'CREATE INDEX CONCURRENTLY "t_a" ON "t"("a");',
    'DROP INDEX CONCURRENTLY IF EXISTS "t_b";',
  ];
  write('002_parts', parts.join('\n'));
  const both = await Promise.all([migrate(url, directory), migrate(url, directory)]);
  expect(both.map(({ applied }) => applied.length).sort()).toEqual([0, 1]);
  expect(await ask(url, isValid)).toEqual([true]);
  expect(await ask(url, 'SELECT a FROM t')).toEqual([2, 2]);
});

it('O5: a table that was removed is named, and is no reason to apply anything again', async () => {
  write('001_first', 'CREATE TABLE t (a int);\nCREATE TABLE IF NOT EXISTS "u" (a int);');
  write('002_second', 'CREATE TABLE "v" (a int);');
  const { applied, tables: names } = await migrate(url, directory);
  expect([applied, names]).toEqual([
    ['001_first', '002_second'],
    ['t', 'u', 'v'],
  ]);
  await ask(url, 'DROP TABLE u');
  // One of its name elsewhere is another.
  await ask(url, 'CREATE SCHEMA elsewhere');
  await ask(url, 'CREATE TABLE elsewhere.u (a int)');
  const outcome = await migrate(url, directory).catch((error: unknown) => error);
  expect(outcome).toBeInstanceOf(MigrationError);
  expect(String(outcome)).toMatch(/The database lacks u, .*Restore the database from a back-up/);
});

it('O5: of many missing tables the first are named', () => {
  expect(explainMissingTables(['a', 'b', 'c', 'd'])).toContain('lacks a, b, c and 1 more tables,');
  expect(explainMissingTables(['a', 'b', 'c'])).toContain('lacks a, b, c, though');
});

it('DB-10 does not queue behind a lock for longer than two seconds', async () => {
  write('001_first', 'CREATE TABLE t (a int);');
  await migrate(url, directory);
  write('002_second', 'ALTER TABLE t ADD b int;');
  const holder = new pg.Client({ connectionString: url });
  await holder.connect();
  try {
    await holder.query('BEGIN; SELECT * FROM t');
    const start = Date.now();
    const outcome = await migrate(url, directory).catch((error: unknown) => error);
    expect(outcome).toMatchObject({ code: '55P03' });
    expect(outcome).not.toBeInstanceOf(MigrationError);
    expect(Date.now() - start).toBeLessThan(5_000);
  } finally {
    await holder.end();
  }
  expect((await migrate(url, directory)).applied).toEqual(['002_second']);
});

describe('a database of another history is refused, with the reason', () => {
  beforeEach(async () => {
    write('001_first', 'CREATE TABLE t (a int);');
    write('002_second', 'CREATE TABLE u (a int);');
    await migrate(url, directory);
  });

  it('a migration that did not end', async () => {
    await ask(url, 'UPDATE "_prisma_migrations" SET finished_at = NULL');
    await expect(migrate(url, directory)).rejects.toThrow(/^The migration 001_first began/);
  });

  it('a migration that was changed since', async () => {
    write('001_first', 'CREATE TABLE t (a bigint);');
    await expect(migrate(url, directory)).rejects.toThrow(/001_first was changed after/);
  });

  it('an older migration that is not ours', async () => {
    rmSync(path.join(directory, '001_first'), { recursive: true });
    await expect(migrate(url, directory)).rejects.toThrow(/001_first, that is not in/);
  });

  it('newer migrations on top of one that is missing', async () => {
    write('003_theirs', 'CREATE TABLE v (a int);');
    await migrate(url, directory);
    rmSync(path.join(directory, '003_theirs'), { recursive: true });
    write('002_zours', 'CREATE TABLE w (a int);');
    await expect(migrate(url, directory)).rejects.toThrow(/another line of versions/);
    expect(await tables()).not.toContain('w');
  });

  it('DB-17 newer migrations alone are let be: the next version runs beside this one', async () => {
    rmSync(path.join(directory, '002_second'), { recursive: true });
    expect((await migrate(url, directory)).applied).toEqual([]);
  });

  it('a migration marked as rolled back is applied again', async () => {
    await ask(url, 'DROP TABLE u');
    await ask(
      url,
      `UPDATE "_prisma_migrations" SET rolled_back_at = now(), finished_at = NULL WHERE migration_name = '002_second'`,
    );
    expect((await migrate(url, directory)).applied).toEqual(['002_second']);
  });
});

it("another program's database is refused and left as it is", async () => {
  await ask(url, 'CREATE TABLE theirs (a int)');
  write('001_first', 'CREATE TABLE t (a int);');
  await expect(migrate(url, directory)).rejects.toThrow(/none of Gatehouse/);
  expect(await tables()).toEqual(['theirs']);
});

it('a database that does not answer is no fault of its history', async () => {
  write('001_first', 'CREATE TABLE t (a int);');
  const outcome = await migrate('postgresql://x@127.0.0.1:1/x', directory).catch((e: unknown) => e);
  expect(outcome).toMatchObject({ code: 'ECONNREFUSED' });
  expect(outcome).not.toBeInstanceOf(MigrationError);
});

describe('our own migrations', () => {
  it('apply, and make tables', async () => {
    const names = (await readMigrations(OURS)).map(({ name }) => name);
    expect(names.length).toBeGreaterThan(0);
    expect((await migrate(url, OURS)).applied).toEqual(names);
    expect(await tables()).toEqual(expect.arrayContaining(['sessions', 'users', 'verified_ips']));
  });

  it.each([
    ['LF', 'CRLF', '\n', '\r\n'],
    ['CRLF', 'LF', '\r\n', '\n'],
  ])(
    'P6: what a checkout with %s applied is the same to one with %s',
    async (_a, _b, first, then) => {
      const script = (lineEnd: string) =>
        ['CREATE TABLE ends (', '  n int', ');', ''].join(lineEnd);
      write('20260101000000_ends', script(first));
      expect((await migrate(url, directory)).applied).toEqual(['20260101000000_ends']);
      write('20260101000000_ends', script(then));
      expect((await migrate(url, directory)).applied).toEqual([]);
    },
  );

  it('P6: what was on record with the checksum of CRLF, before it counted as LF, stays valid', async () => {
    const text = 'CREATE TABLE ends (\n  n int\n);\n';
    write('20260101000000_ends', text);
    await migrate(url, directory);
    const checksum = createHash('sha256').update(text.replaceAll('\n', '\r\n')).digest('hex');
    await ask(url, `UPDATE _prisma_migrations SET checksum = '${checksum}'`);
    expect((await migrate(url, directory)).applied).toEqual([]);
    await ask(url, `UPDATE _prisma_migrations SET checksum = '${checksum.replace(/./g, 'a')}'`);
    await expect(migrate(url, directory)).rejects.toThrow('was changed after it was applied');
  });

  it('F22, F23, F24: what was there before has its teams, its names and who did it', async () => {
    const all = await readMigrations(OURS);
    for (const { name, sql } of all.filter(({ name }) => name < '20261126')) write(name, sql);
    await migrate(url, directory);
    await ask(
      url,
      `DO $$ BEGIN
       INSERT INTO users (id, email, name) VALUES ('v', 'v@example.com', 'Valerie');
       INSERT INTO teams (id, name) VALUES ('t', 'Harbour'), ('other', 'Another');
       INSERT INTO memberships (team_id, user_id, role) VALUES ('t', 'v', 'member');
       INSERT INTO computers (id, team_id, name, host_key_hash) VALUES ('c', 't', 'Render', '');
       INSERT INTO sessions (id, user_id, token_hash, client, expires_at) VALUES ('s', 'v', '', '', now());
       INSERT INTO sightings (session_id, user_id, network, address, first_seen_at, last_seen_at, count, verified, would_block)
       VALUES ('s', 'v', '1.2.3.4/32', '1.2.3.4', now(), '2026-11-01Z', 9, false, '{"api.read": 9}'),
         ('s', 'v', '5.6.7.8/32', '5.6.7.8', now(), now(), 9, true, '{}');
       INSERT INTO audit_events (type, team_id, actor_id, user_id, reason, after) VALUES
         ('session.started', NULL, 'v', NULL, 'password', NULL),
         ('team.renamed', 't', 'v', NULL, NULL, NULL),
         ('connection.accepted', 't', NULL, 'v', NULL, '{"computerId": "c"}'),
         ('session.ended', 't', NULL, 'v', 'sso', '{}'),
         ('session.started', NULL, 'gone', NULL, 'password', NULL);
       END $$`,
    );
    for (const { name, sql } of all) write(name, sql);
    await migrate(url, directory);
    expect(
      await ask(
        url,
        `SELECT concat_ws(' ', type, actor_kind, coalesce(actor_label, '-'), coalesce(user_label, '-'),
           coalesce(computer_id, '-'), (SELECT string_agg(team_id, ',') FROM event_teams WHERE event_id = id))
         FROM audit_events ORDER BY id`,
      ),
    ).toEqual([
      'session.started user Valerie <v@example.com> - - t',
      'team.renamed user Valerie <v@example.com> - -',
      'connection.accepted computer Render Valerie <v@example.com> c',
      'session.ended provider - Valerie <v@example.com> -',
      'session.started user - - -',
    ]);
    expect(
      await ask(url, `SELECT would_block_at = last_seen_at FROM sightings ORDER BY network`),
    ).toEqual([true, null]);
    expect(
      await ask(
        url,
        `SELECT concat_ws(' ', t.type, t.at = e.at) FROM event_teams t JOIN audit_events e ON e.id = t.event_id ORDER BY e.id`,
      ),
    ).toEqual(['session.started t']);
    for (const change of ["type = 'x'", 'at = gatehouse_now()', "team_id = 'other'", 'at = NULL']) {
      await expect(ask(url, `UPDATE event_teams SET ${change}`)).rejects.toThrow(
        'permission denied',
      );
    }
    await expect(ask(url, `UPDATE audit_events SET actor_kind = 'system'`)).rejects.toThrow(
      'permission denied',
    );
  });

  it("Prisma's own engine finds the record as if it had written it", async () => {
    cpSync(OURS, directory, { recursive: true });
    await migrate(url, directory);
    const engine = await prismaEngine(url);
    try {
      const diagnosis = await engine.diagnoseMigrationHistory({
        migrationsList: await migrationsList(directory),
        optInToShadowDatabase: false,
        filters: { externalTables: [], externalEnums: [] },
      });
      expect(diagnosis).toEqual({
        hasMigrationsTable: true,
        editedMigrationNames: [],
        failedMigrationNames: [],
        history: null,
      });
    } finally {
      engine.free();
    }
  });
});

type Engine = import('@prisma/schema-engine-wasm').SchemaEngine;

async function prismaEngine(connectionString: string): Promise<Engine> {
  const name = '@prisma/schema-engine-wasm/schema_engine_bg';
  const glue = await import(name);
  const file = createRequire(import.meta.url)
    .resolve(name)
    .replace(/\.js$/, '.wasm');
  const { instance } = await WebAssembly.instantiate(readFileSync(file), {
    './schema_engine_bg.js': glue,
  });
  glue.__wbg_set_wasm(instance.exports);
  (instance.exports.__wbindgen_start as () => void)();
  const adapter = bindMigrationAwareSqlAdapterFactory(new PrismaPg({ connectionString }));
  return glue.SchemaEngine.new({ datamodels: undefined }, () => {}, adapter);
}

async function migrationsList(baseDir: string) {
  const migrations = await readMigrations(baseDir);
  return {
    baseDir,
    lockfile: {
      path: 'migration_lock.toml',
      content: readFileSync(path.join(baseDir, 'migration_lock.toml'), 'utf8'),
    },
    shadowDbInitScript: '',
    migrationDirectories: migrations.map(({ name, sql }) => ({
      path: name,
      migrationFile: { path: 'migration.sql', content: { tag: 'ok' as const, value: sql } },
    })),
  };
}
