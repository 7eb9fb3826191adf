import { PrismaPg } from '@prisma/adapter-pg';
import type pg from 'pg';
import { BoundedPool } from '@/lib/platform/bounded-client';
import { log } from '@/lib/platform/log';
import { type Prisma, PrismaClient } from '@/lib/platform/prisma/client';
import { shared } from '@/lib/platform/shared';
import { onShutdown } from '@/lib/platform/shutdown';
import { clientConfig, connection, setUpConnection } from './connection';

/** How long a statement, or the wait for a connection, may take before the answer is 503. */
const TIMEOUT_MS = 1000;
/** Prisma's own limits, which go by the clock of a process that may be busy: each wait within has one. */
const TRANSACTION_MS = 30_000;

export type Database = { pool: pg.Pool; prisma: PrismaClient };

/** Prisma outside or inside a transaction. */
export type Db = Prisma.TransactionClient;

/**
 * One pool under both Prisma and the few hot statements that go to `pg` directly. Every wait is
 * bounded: a frozen database must refuse within 2 seconds, not hang (threats DB-2, DB-3).
 */
export function database(): Database {
  return shared('database', () => {
    const { url, schema } = connection();
    const pool = new BoundedPool({
      ...clientConfig(url, 'gatehouse'),
      max: 10,
      connectWithinMs: TIMEOUT_MS,
      answerWithinMs: TIMEOUT_MS,
      onConnect: (client) => setUpConnection(client, { schema, statementTimeoutMs: TIMEOUT_MS }),
    });
    pool.on('error', (error) => log().warn({ err: error }, 'an idle database connection was lost'));
    const prisma = new PrismaClient({
      adapter: new PrismaPg(pool, { schema }),
      transactionOptions: { maxWait: TRANSACTION_MS, timeout: TRANSACTION_MS },
    });
    onShutdown('the database pool', closeDatabase);
    return { pool, prisma };
  });
}

/** So often a transaction is tried that PostgreSQL ended to let another one go on. */
const TRIES = 3;

/**
 * Runs `work` in one transaction (read committed; every statement sees what was committed before it).
 * Where PostgreSQL ends it for another's sake (a deadlock, a conflict), nothing of it was kept, and it
 * runs again: so `work` may do nothing that a rollback would not take back.
 */
export async function transaction<T>(work: (tx: Db) => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      const result = await database().prisma.$transaction(work);
      announce();
      return result;
    } catch (error) {
      if (tries === TRIES || !isConflict(error)) throw error;
    }
  }
}

/**
 * Has the instances told what was published and is committed. Called by whoever has just published, so that it
 * is told at once; what others have published is told within `ANNOUNCE_MS` all the same (lib/platform/bus.ts).
 */
export function announce(): void {
  const state = shared('announce', () => ({ isRunning: false, isWanted: false }));
  state.isWanted = true;
  if (state.isRunning) return;
  state.isRunning = true;
  const run = async () => {
    while (state.isWanted) {
      state.isWanted = false;
      await database().pool.query({ name: 'announce', text: 'SELECT gatehouse_announce()' });
    }
  };
  run()
    .catch((err: unknown) => log().debug({ err }, 'what was published could not be told now'))
    .finally(() => {
      state.isRunning = false;
    });
}

export async function closeDatabase(): Promise<void> {
  const { pool, prisma } = database();
  await prisma.$disconnect();
  if (!pool.ended) await pool.end();
}

const UNAVAILABLE_PRISMA = new Set([
  'P1000',
  'P1001',
  'P1002',
  'P1003',
  'P1008',
  'P1017',
  'P2024',
  'P2028',
  'P2034',
  'P2037',
]);

/**
 * SQLSTATE classes: 08 connection, 40 ended for another's sake, 53 resources, 57 operator intervention
 * (and time-outs), 58 system, XX damage, 25006 read-only, 55000 takes no connections, 55P03 lock.
 */
const UNAVAILABLE_SQLSTATE = /^(08|40|53|57|58|XX|25006|55000|55P03|3D000|28)/;

/** SQLSTATE of a table, column or function that is not there. */
const LACKING_SQLSTATE = /^(42P01|42703|42883)$/;

const UNAVAILABLE_MESSAGE =
  /timeout|terminated|ECONN|EPIPE|not queryable|not currently accepting connections|Connection (ended|closed)|the database system is|Can't reach database|Server has closed|No database: it/i;

/** Whether an error means that the database can't be asked now (503), rather than that the asker erred. */
export function isDatabaseUnavailable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  for (const known of codesOf(error)) {
    if (UNAVAILABLE_PRISMA.has(known) || UNAVAILABLE_SQLSTATE.test(known)) return true;
    if (known.startsWith('ECONN')) return true;
  }
  if (UNAVAILABLE_MESSAGE.test(error.message)) return true;
  return error.cause !== undefined && isDatabaseUnavailable(error.cause);
}

/** Whether the database answers, and has not what this version needs: somebody has to mend it. */
export function databaseLacksSomething(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (codesOf(error).some((code) => LACKING_SQLSTATE.test(code))) return true;
  return error.cause !== undefined && databaseLacksSomething(error.cause);
}

/** Deadlock, or a conflict of transactions: all of it was rolled back. */
function isConflict(error: unknown): boolean {
  return (
    error instanceof Error &&
    codesOf(error).some((code) => code === 'P2034' || code === '40001' || code === '40P01')
  );
}

/** The codes of an error: its own, and what PostgreSQL said where Prisma wraps it. */
function codesOf(error: Error): string[] {
  const { code, meta } = error as { code?: unknown; meta?: { driverAdapterError?: unknown } };
  return [code, originalCodeOf(error), originalCodeOf(meta?.driverAdapterError)].filter(
    (one) => typeof one === 'string',
  );
}

/** The SQLSTATE that Prisma's adapter keeps of an error of PostgreSQL's. */
function originalCodeOf(error: unknown): unknown {
  const cause = error instanceof Error ? error.cause : null;
  return typeof cause === 'object' && cause !== null && 'originalCode' in cause
    ? cause.originalCode
    : null;
}

/** Whether a write met a row that stands already (unique constraint). */
export function isUniqueViolation(error: unknown): boolean {
  if (!(error instanceof Error && 'code' in error)) return false;
  if (error.code === 'P2002' || error.code === '23505') return true;
  return error.code === 'P2010' && 'meta' in error && sqlStateOf(error.meta) === '23505';
}

/** What PostgreSQL said of a raw statement. */
function sqlStateOf(meta: unknown): string | undefined {
  const { driverAdapterError } = meta as {
    driverAdapterError?: { cause?: { originalCode?: string } };
  };
  return driverAdapterError?.cause?.originalCode;
}
