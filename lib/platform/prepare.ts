import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { setConnectionString } from './connection-string';
import { setDatabaseIsPrepared } from './database-state';
import { startEmbeddedPostgres } from './embedded-postgres';
import { env } from './env';
import { log } from './log';
import { MigrationError, migrate } from './migrate';

const RETRY_FIRST_MS = 500;
const RETRY_MAX_MS = 15_000;

const MIGRATIONS = path.join(import.meta.dirname, '../../prisma/migrations');

export type PreparedDatabase = {
  /** Stops what was started here. Call it after the pool is closed. */
  stop: () => Promise<void>;
};

async function bringUpToDate(connectionString: string): Promise<void> {
  const applied = await migrate(connectionString, MIGRATIONS);
  if (applied.length > 0) log().info({ applied }, 'migrations applied');
  setDatabaseIsPrepared(true);
}

/** Tries until the database answers; meanwhile the process stays, and says that it is not ready. */
async function keepTrying(connectionString: string, signal: AbortSignal): Promise<void> {
  for (let waitMs = RETRY_FIRST_MS; ; waitMs = Math.min(2 * waitMs, RETRY_MAX_MS)) {
    await delay(waitMs, undefined, { signal });
    try {
      await bringUpToDate(connectionString);
      log().info('the database is ready');
      return;
    } catch (error) {
      log().error({ err: error }, 'the database is not ready');
    }
  }
}

/**
 * Makes the database known and brings it to this version: the embedded one, or DATABASE_URL's.
 *
 * A server at DATABASE_URL that does not answer does not stop the start (DB-16): it is asked again
 * in the background, and `databaseIsPrepared()` stays false until then.
 *
 * @throws StartError when waiting can't help: the embedded server does not start, or the database
 *   is of another history.
 */
export async function prepareDatabase(): Promise<PreparedDatabase> {
  const { databaseUrl, dataDir } = env();
  if (databaseUrl === null) {
    const server = await startEmbeddedPostgres(dataDir);
    try {
      setConnectionString(server.connectionString);
      await bringUpToDate(server.connectionString);
    } catch (error) {
      await server.stop();
      throw error;
    }
    return { stop: server.stop };
  }

  setConnectionString(databaseUrl);
  const stopping = new AbortController();
  try {
    await bringUpToDate(databaseUrl);
  } catch (error) {
    if (error instanceof MigrationError) throw error;
    log().error({ err: error }, 'the database is not ready; it is asked again until it is');
    keepTrying(databaseUrl, stopping.signal).catch(() => {});
  }
  return {
    stop: async () => {
      stopping.abort();
    },
  };
}
