import { createHash, randomUUID } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import type pg from 'pg';
import { BoundedClient } from '@/lib/platform/bounded-client';
import { log } from '@/lib/platform/log';
import { StartError } from '@/lib/platform/start-error';
import { clientConfig, findSchema, setUpConnection } from './connection';
import { applyInParts, isInParts } from './in-parts';
import { explainMissingTables, findMissingTables, tablesOf } from './tables';

// Applies `prisma/migrations` and keeps Prisma's own record of them, so that Prisma's tools see a
// database that `migrate deploy` might have made.
//
// Not by Prisma's engine: over a driver adapter that one cuts a script at every semicolon, inside
// function bodies and texts too, and commits each piece. Here a migration and its record are one
// transaction: a kill in the middle leaves nothing, and the next start does it again.
// What would lock a large table for long is done outside of a transaction: see in-parts.ts.

/** Prisma's own: its tools and our instances wait for each other. */
const MIGRATION_LOCK = 72_707_369;

/** How long to wait for another instance that migrates. */
const TURN_TIMEOUT_MS = 60_000;

/** A migration must not queue up behind a long statement, with every other one behind it. */
const LOCK_TIMEOUT_MS = 2_000;

const CONNECT_TIMEOUT_MS = 5_000;

const RECORD_TABLE = `CREATE TABLE IF NOT EXISTS "_prisma_migrations" (
  "id" VARCHAR(36) PRIMARY KEY NOT NULL,
  "checksum" VARCHAR(64) NOT NULL,
  "finished_at" TIMESTAMPTZ,
  "migration_name" VARCHAR(255) NOT NULL,
  "logs" TEXT,
  "rolled_back_at" TIMESTAMPTZ,
  "started_at" TIMESTAMPTZ NOT NULL DEFAULT now(),
  "applied_steps_count" INTEGER NOT NULL DEFAULT 0
)`;

/**
 * One script. Its checksum is that of the text with LF: a checkout with CRLF is the same migration. One
 * that was applied from such a checkout, before this was so, is on record with the checksum of that text.
 */
export type Migration = { name: string; sql: string; checksum: string; checksumOfCrlf: string };

type Applied = { name: string; checksum: string; isFinished: boolean };

/** Thrown where the database can't be used as it is, however often it is tried. */
export class MigrationError extends StartError {
  override readonly name = 'MigrationError';
}

const checksumOf = (text: string) => createHash('sha256').update(text).digest('hex');

/** All migrations in `directory`, in the order in which they apply. */
export async function readMigrations(directory: string): Promise<Migration[]> {
  const entries = await readdir(directory, { withFileTypes: true });
  const names = entries.flatMap((entry) => (entry.isDirectory() ? [entry.name] : [])).sort();
  return Promise.all(
    names.map(async (name) => {
      const text = await readFile(path.join(directory, name, 'migration.sql'), 'utf8');
      const sql = text.replaceAll('\r\n', '\n');
      const checksumOfCrlf = checksumOf(sql.replaceAll('\n', '\r\n'));
      return { name, sql, checksum: checksumOf(sql), checksumOfCrlf };
    }),
  );
}

/**
 * What is left to apply.
 *
 * Migrations that this version does not know are left alone when they are newer than its own: the
 * next version made them, and migrations only ever add, so that both run side by side (DB-17).
 *
 * @throws MigrationError when the database has another history than ours.
 */
export function pendingMigrations(
  known: readonly Migration[],
  applied: readonly Applied[],
): { pending: Migration[]; newer: string[] } {
  const failed = applied.find(({ isFinished }) => !isFinished);
  if (failed !== undefined) {
    throw new MigrationError(
      `The migration ${failed.name} began on this database and did not end. Restore the database from a back-up, or put it right by hand and delete the migration's row in "_prisma_migrations"; then start again.`,
    );
  }
  const last = known.at(-1)?.name ?? '';
  const newer: string[] = [];
  for (const { name, checksum } of applied) {
    const ours = known.find((migration) => migration.name === name);
    if (ours === undefined && name > last) newer.push(name);
    else if (ours === undefined) {
      throw new MigrationError(
        `The database has a migration, ${name}, that is not in prisma/migrations: it belongs to another program or line of versions. Point DATABASE_URL at the right database, or at an empty one.`,
      );
    } else if (checksum !== ours.checksum && checksum !== ours.checksumOfCrlf) {
      throw new MigrationError(
        `The migration ${name} was changed after it was applied to this database. Restore the file as it was; a change of tables is a new migration.`,
      );
    }
  }
  const names = new Set(applied.map(({ name }) => name));
  const pending = known.filter(({ name }) => !names.has(name));
  const before = pending.find(({ name }) => applied.some((one) => one.name > name));
  if (before !== undefined && newer.length > 0) {
    throw new MigrationError(
      `The database has newer migrations than ${before.name}, but not that one: it belongs to another line of versions. Start the version that made them.`,
    );
  }
  return { pending, newer };
}

async function appliedMigrations(client: pg.Client): Promise<Applied[]> {
  const { rows } = await client.query<Applied>(
    `SELECT migration_name AS name, checksum, finished_at IS NOT NULL AS "isFinished"
       FROM "_prisma_migrations" WHERE rolled_back_at IS NULL ORDER BY started_at, migration_name`,
  );
  return rows;
}

/**
 * Whether the schema has tables, and Prisma's record among them. Read from the table of tables: a
 * look-up by name may answer from a cache that is older than the lock we waited for.
 */
async function lookAround(client: pg.Client): Promise<{ isEmpty: boolean; hasRecord: boolean }> {
  const { rows } = await client.query<{ tables: number; records: number }>(
    `SELECT count(*)::int AS tables,
            (count(*) FILTER (WHERE relname = '_prisma_migrations'))::int AS records
       FROM pg_class
      WHERE relkind IN ('r', 'p') AND relnamespace = quote_ident(current_schema())::regnamespace`,
  );
  const [{ tables, records } = { tables: 0, records: 0 }] = rows;
  return { isEmpty: tables === 0, hasRecord: records > 0 };
}

async function apply(
  client: pg.Client,
  { name, checksum }: Migration,
  work: () => Promise<unknown>,
): Promise<void> {
  const id = randomUUID();
  await client.query(
    'INSERT INTO "_prisma_migrations" (id, checksum, migration_name, started_at) VALUES ($1, $2, $3, clock_timestamp())',
    [id, checksum, name],
  );
  try {
    await work();
  } catch (cause) {
    const isLocked = cause instanceof Error && 'code' in cause && cause.code === '55P03';
    if (isLocked) throw cause;
    const reason = cause instanceof Error ? cause.message : 'unknown';
    throw new MigrationError(
      `The migration ${name} does not apply to this database (${reason}). Nothing of it was kept.`,
      { cause },
    );
  }
  await client.query(
    'UPDATE "_prisma_migrations" SET finished_at = clock_timestamp(), applied_steps_count = 1 WHERE id = $1',
    [id],
  );
}

/**
 * Applies the next migration, with its record, or finds that there is none.
 * @param done one whose statements were done before, outside of a transaction: it needs its record alone
 * @returns what is to be done outside of a transaction first
 */
async function applyNext(
  client: pg.Client,
  known: readonly Migration[],
  done: string | null,
): Promise<{ applied: string | null; inParts?: Migration }> {
  await client.query('BEGIN');
  try {
    // Of the transaction, not of the session: it ends with it, and passes a pooler.
    await client.query(
      `SET LOCAL lock_timeout = ${TURN_TIMEOUT_MS}; SET LOCAL statement_timeout = 0`,
    );
    await client.query('SELECT pg_advisory_xact_lock($1)', [MIGRATION_LOCK]);
    await client.query(`SET LOCAL lock_timeout = ${LOCK_TIMEOUT_MS}`);
    const { isEmpty, hasRecord } = await lookAround(client);
    if (!hasRecord) {
      if (!isEmpty) {
        throw new MigrationError(
          'The database has tables, but none of Gatehouse. Point DATABASE_URL at an empty database.',
        );
      }
      await client.query(RECORD_TABLE);
    }
    const { pending } = pendingMigrations(known, await appliedMigrations(client));
    const [next] = pending;
    if (next !== undefined && isInParts(next.sql) && next.name !== done) {
      await client.query('COMMIT');
      return { applied: null, inParts: next };
    }
    if (next !== undefined) {
      await apply(client, next, async () => next.name === done || (await client.query(next.sql)));
    }
    await client.query('COMMIT');
    return { applied: next?.name ?? null };
  } catch (error) {
    await client.query('ROLLBACK').catch(() => {});
    throw error;
  }
}

/** Applies what is left to apply. @returns the names */
async function applyAll(client: pg.Client, known: readonly Migration[]): Promise<string[]> {
  if ((await lookAround(client)).hasRecord) {
    const { pending, newer } = pendingMigrations(known, await appliedMigrations(client));
    if (newer.length > 0) log().warn({ newer }, 'the database is of a newer version');
    if (pending.length === 0) return [];
  }
  const applied: string[] = [];
  for (let done: string | null = null; ; ) {
    const next = await applyNext(client, known, done);
    if (next.inParts) {
      await applyInParts(client, next.inParts.sql);
      done = next.inParts.name;
    } else if (next.applied === null) return applied;
    else applied.push(next.applied);
  }
}

/**
 * Brings the database to this version. Of several instances that start at once, one works and the
 * others wait for it.
 *
 * @param directory of the migrations
 * @returns the names of those applied by this call, and the schema and names of the tables
 * @throws StartError (MigrationError) when trying again can't help; any other error when the database
 *   can't be reached, or another statement held a table for too long.
 */
export async function migrate(
  connectionString: string,
  directory: string,
): Promise<{ applied: string[]; schema: string; tables: string[] }> {
  const known = await readMigrations(directory);
  if (known.length === 0) throw new MigrationError('No migrations found in prisma/migrations.');
  const client = new BoundedClient({
    ...clientConfig(connectionString, 'gatehouse migrations'),
    connectWithinMs: CONNECT_TIMEOUT_MS,
    answerWithinMs: null,
  });
  client.on('error', () => {});
  await client.connect();
  try {
    const schema = await findSchema(client, connectionString);
    await setUpConnection(client, { schema, statementTimeoutMs: 0 });
    const applied = await applyAll(client, known);
    const tables = tablesOf(known.map(({ sql }) => sql));
    const missing = await findMissingTables(client, tables);
    if (missing.length > 0) throw new MigrationError(explainMissingTables(missing));
    return { applied, schema, tables };
  } finally {
    await client.end().catch(() => {});
  }
}
