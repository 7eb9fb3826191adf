import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { APP_ROLE } from './app-role';
import { type EmbeddedPostgres, startEmbeddedPostgres } from './embedded';
import { migrate } from './migrate';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const scratch = mkdtempSync(path.join(tmpdir(), 'gatehouse-role-'));
chmodSync(scratch, 0o755);
const MIGRATIONS = path.resolve(import.meta.dirname, '../../../prisma/migrations');

let server: EmbeddedPostgres;
let owner: pg.Client;
let app: pg.Client;

async function connect(connectionString: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  return client;
}

beforeAll(async () => {
  server = await startEmbeddedPostgres(path.join(scratch, 'data'));
  const { schema } = await migrate(server.connectionString, MIGRATIONS);
  owner = await connect(server.connectionString);
  // A directory from before there was such a role: all that is there is the owner's.
  await owner.query(
    `INSERT INTO audit_events (type, actor_kind, at) VALUES
      ('x', 'system', gatehouse_now() - interval '40 days'), ('x', 'system', gatehouse_now())`,
  );
  app = await connect(await server.admit(schema));
});
afterAll(async () => {
  for (const client of [owner, app]) await client?.end();
  await server?.stop();
  rmSync(scratch, { recursive: true, force: true });
});

describe('F21: the program’s own role in the embedded database', () => {
  it('is an ordinary one, which owns nothing', async () => {
    const { rows } = await app.query(
      `SELECT rolname, rolsuper OR rolcreaterole OR rolcreatedb OR rolreplication OR rolbypassrls AS "isMore",
        (SELECT count(*)::int FROM pg_class c WHERE c.relowner = r.oid)
          + (SELECT count(*)::int FROM pg_auth_members m WHERE m.member = r.oid) AS owns
       FROM pg_roles r WHERE rolname = current_user`,
    );
    expect(rows).toEqual([{ rolname: APP_ROLE, isMore: false, owns: 0 }]);
  });

  it.each([
    `UPDATE audit_events SET type = 'y'`,
    'DELETE FROM audit_events',
    `SET gatehouse.retention = 'on'; DELETE FROM audit_events`,
    `SET gatehouse.retention = 'on'; DELETE FROM event_teams`,
    'UPDATE event_teams SET team_id = team_id',
    'TRUNCATE audit_events',
    'TRUNCATE bus_payloads',
    'ALTER TABLE audit_events DISABLE TRIGGER ALL',
    'ALTER TABLE audit_events OWNER TO CURRENT_USER',
    'DROP TABLE audit_events',
    'SET session_replication_role = replica',
    'SET ROLE gatehouse',
    'ALTER ROLE CURRENT_USER SUPERUSER',
    `ALTER ROLE gatehouse PASSWORD 'mine'`,
    `CREATE OR REPLACE FUNCTION gatehouse_now() RETURNS timestamptz(3) LANGUAGE sql AS $$ SELECT 'infinity'::timestamptz(3) $$`,
    'DROP FUNCTION gatehouse_refuse_change CASCADE',
    'CREATE TABLE mine (n int)',
    'CREATE TEMP TABLE audit_events (n int)',
    'CREATE SCHEMA mine',
    'DELETE FROM _prisma_migrations',
    `COPY users TO PROGRAM 'cat'`,
    `SELECT pg_read_file('postgresql.conf')`,
    'SELECT gatehouse_forget_events(29, 1000)',
    'SELECT gatehouse_forget_events(NULL, 1000)',
  ])('may not: %s', async (sql) => {
    const before = (await owner.query('SELECT * FROM audit_events ORDER BY id')).rows;
    await app.query('BEGIN');
    const refused = app.query(sql);
    await expect(refused).rejects.toThrow(/permission denied|must be owner|must be superuser/);
    await app.query('ROLLBACK');
    expect((await owner.query('SELECT * FROM audit_events ORDER BY id')).rows).toEqual(before);
  });

  it('writes and reads what has happened, and forgets what is past its time', async () => {
    await app.query(`INSERT INTO audit_events (type, actor_kind) VALUES ('z', 'system')`);
    const types = async () =>
      (await app.query('SELECT type FROM audit_events ORDER BY id')).rows.map(({ type }) => type);
    expect(await types()).toEqual(['x', 'x', 'z']);
    await app.query('SELECT gatehouse_forget_events(30, 1000)');
    expect(await types()).toEqual(['x', 'z']);
  });

  it('has another password after each start, and the one before is none', async () => {
    const { rows } = await owner.query('SELECT current_schema() AS schema');
    const [first, second] = [
      await server.admit(rows[0].schema),
      await server.admit(rows[0].schema),
    ];
    await expect(connect(first)).rejects.toMatchObject({ code: '28P01' });
    await (await connect(second)).end();
  });
});
