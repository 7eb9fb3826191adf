import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { StartError } from '@/lib/platform/start-error';
import { type Cluster, codeOf, DATABASE, lastLines, RETRY_MS, ROLE } from './programs';
import { createTeller, findRunningPort, freePort, startServer } from './server';

// From a cluster to a connection: the server is started where none runs.

const CONNECT_TIMEOUT_MS = 5_000;
const READY_TIMEOUT_MS = 30_000;

/** A start that fails for these goes through a moment later, or on another port. */
const PASSING =
  /in use|could not bind|lock file .* (?:already exists|is empty)|bogus data in lock file|shared memory block/i;

/** One start: what it has done so far, and what ends it. */
export type Attempt = { hasStarted: boolean; signal: AbortSignal | undefined };

async function requireServer(cluster: Cluster, attempt: Attempt): Promise<number> {
  const end = Date.now() + READY_TIMEOUT_MS;
  for (;;) {
    const running = await findRunningPort(cluster);
    if (running !== null) return running;
    const port = await freePort();
    const fault = await startServer(cluster, port, attempt.signal);
    if (fault === null) {
      attempt.hasStarted = true;
      return port;
    }
    if (attempt.signal?.aborted) throw new StartError('Stopped before the database had started.');
    if ((await findRunningPort(cluster)) !== null) continue;
    if (!PASSING.test(fault) || Date.now() > end) {
      throw new StartError([
        'The embedded PostgreSQL did not start on DATA_DIR. It said:',
        ...lastLines(fault),
      ]);
    }
    await delay(RETRY_MS);
  }
}

export const addressOf = (port: number, password: string, database: string, role = ROLE): string =>
  `postgresql://${role}:${encodeURIComponent(password)}@127.0.0.1:${port}/${database}`;

export async function connect(
  port: number,
  password: string,
  database = 'postgres',
): Promise<pg.Client> {
  const client = new pg.Client({
    connectionString: addressOf(port, password, database),
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    keepAlive: true,
    application_name: `gatehouse owner, process ${process.pid}`,
  });
  // Without a listener a lost connection would end the process.
  client.on('error', () => {});
  await client.connect();
  return client;
}

/** A server that starts or stops answers so; anything else will not pass by waiting. */
const isPassing = (error: unknown): boolean =>
  ['57P03', '57P01', 'ECONNREFUSED', 'ECONNRESET'].includes(codeOf(error)) ||
  (error instanceof Error && /terminated|timeout/i.test(error.message));

/** Connects, having started the server where none runs. */
export async function requireConnection(
  cluster: Cluster,
  attempt: Attempt,
): Promise<{ client: pg.Client; port: number }> {
  const end = Date.now() + READY_TIMEOUT_MS;
  const sayWaiting = createTeller(cluster);
  for (;;) {
    const port = await requireServer(cluster, attempt);
    try {
      return { client: await connect(port, cluster.password), port };
    } catch (cause) {
      if (attempt.signal?.aborted) throw cause;
      if (codeOf(cause) === '28P01') {
        throw new StartError(
          'The embedded PostgreSQL refuses the password kept in the file postgres-password of DATA_DIR. Restore both from the same back-up.',
          { cause },
        );
      }
      if (codeOf(cause) === '57P03') sayWaiting();
      else if (!isPassing(cause) || Date.now() > end) {
        throw new StartError(
          `The embedded PostgreSQL runs on DATA_DIR but can't be asked (${codeOf(cause) || 'no answer'}).`,
          { cause },
        );
      }
    }
    await delay(RETRY_MS);
  }
}

export async function requireDatabase(client: pg.Client): Promise<void> {
  const { rowCount } = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [
    DATABASE,
  ]);
  if (rowCount === 0) await client.query(`CREATE DATABASE ${client.escapeIdentifier(DATABASE)}`);
}
