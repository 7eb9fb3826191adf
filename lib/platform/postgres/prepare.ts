import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { env, forgetPostgresVariables } from '@/lib/platform/env';
import { log } from '@/lib/platform/log';
import { StartError } from '@/lib/platform/start-error';
import { explainConnectionError, setConnection } from './connection';
import { setDatabaseIsPrepared } from './database-state';
import { startEmbeddedPostgres } from './embedded';
import { migrate } from './migrate';
import { keepSecretMark } from './secret-mark';

const RETRY_FIRST_MS = 500;
const RETRY_MAX_MS = 15_000;

const MIGRATIONS = path.join(import.meta.dirname, '../../../prisma/migrations');

export type PreparedDatabase = {
  /** Stops what was started here. Call it after the pool is closed. */
  stop: () => Promise<void>;
};

/**
 * @param url of the owner of the tables
 * @param admit lets the role in as whom the program works from then on; default: the owner
 * @returns what ends what goes on in the background
 * @throws StartError when waiting can't help; a `NotReady` while it may.
 */
async function bringUpToDate(
  url: string,
  admit?: (schema: string) => Promise<string>,
): Promise<() => void> {
  try {
    const { applied, schema, tables } = await migrate(url, MIGRATIONS);
    setConnection({ url: admit ? await admit(schema) : url, schema, tables });
    if (applied.length > 0) log().info({ applied }, 'migrations applied');
    const endMark = await keepSecretMark(env().authSecret, admit !== undefined);
    setDatabaseIsPrepared(true);
    return endMark;
  } catch (error) {
    const explained = explainConnectionError(error, url);
    if (explained?.isFinal) throw new StartError(explained.text, { cause: error });
    if (explained) throw new NotReady(explained.text, { cause: error });
    throw error;
  }
}

/** The database can't be used now; the message says why, and what to do. */
class NotReady extends Error {}

/** Once a cause: what is asked again every few seconds must not fill the log. */
function sayWhy(error: unknown, said: string | null): string {
  const text = error instanceof Error ? error.message : String(error);
  if (text === said) return text;
  const isExplained = error instanceof NotReady || error instanceof StartError;
  if (isExplained) log().error(`the database is not ready, and is asked again: ${text}`);
  else log().error({ err: error }, 'the database is not ready, and is asked again');
  return text;
}

/** Tries until the database answers; meanwhile the process stays, and says that it is not ready. */
async function keepTrying(url: string, signal: AbortSignal, first: unknown): Promise<() => void> {
  let said = sayWhy(first, null);
  for (let waitMs = RETRY_FIRST_MS; ; waitMs = Math.min(2 * waitMs, RETRY_MAX_MS)) {
    await delay(waitMs, undefined, { signal });
    try {
      const end = await bringUpToDate(url);
      log().info('the database is ready');
      return end;
    } catch (error) {
      said = sayWhy(error, said);
    }
  }
}

/**
 * Makes the database known and brings it to this version: the embedded one, or DATABASE_URL's.
 *
 * A server at DATABASE_URL that does not answer does not stop the start (DB-16): it is asked again
 * in the background, and `databaseIsPrepared()` stays false until then.
 *
 * @param signal ends the start of an embedded server under way
 * @throws StartError when waiting can't help: the embedded server does not start, the database is of
 *   another history, or a setting is wrong.
 */
export async function prepareDatabase(signal?: AbortSignal): Promise<PreparedDatabase> {
  const { databaseUrl, dataDir } = env();
  if (databaseUrl === null) {
    forgetPostgresVariables();
    const server = await startEmbeddedPostgres(dataDir, signal);
    try {
      const end = await bringUpToDate(server.connectionString, server.admit);
      return {
        stop: async () => {
          end();
          await server.stop();
        },
      };
    } catch (error) {
      await server.stop();
      throw error instanceof NotReady ? new StartError(error.message, { cause: error }) : error;
    }
  }

  const stopping = new AbortController();
  const keep = (end: () => void) => {
    if (stopping.signal.aborted) end();
    else stopping.signal.addEventListener('abort', end);
  };
  try {
    keep(await bringUpToDate(databaseUrl));
  } catch (error) {
    if (error instanceof StartError) throw error;
    keepTrying(databaseUrl, stopping.signal, error).then(keep, () => {});
  }
  return {
    stop: async () => {
      stopping.abort();
    },
  };
}
