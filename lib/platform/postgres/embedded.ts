import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type pg from 'pg';
import { log } from '@/lib/platform/log';
import { APP_ROLE, grantToAppRole, makeAppRole } from './app-role';
import { clearWorkshops, prepareCluster } from './cluster';
import { type Attempt, addressOf, connect, requireConnection, requireDatabase } from './connect';
import { requireOwnership, takeOwnership } from './owner';
import { type Cluster, DATABASE, fullDisk, meansFullDisk, RETRY_MS } from './programs';
import { findPidFile, findRunningPort, startServer, stopServer } from './server';

// The default database: PostgreSQL's own programs, from a package, on a directory of ours.

export type EmbeddedPostgres = {
  /** Of the owner of the tables, who may all: for migrations. With the password; the same until `stop`. */
  connectionString: string;
  /**
   * Lets the program's own role in, to the tables in a schema, once the migrations have made them.
   * @returns its connection string, the same until `stop`
   */
  admit: (schema: string) => Promise<string>;
  /** Lets everybody finish their statement, writes all to disk, and ends the server. */
  stop: () => Promise<void>;
};

/** Has the server run, and is its one Gatehouse. */
async function claim(
  cluster: Cluster,
  signal: AbortSignal | undefined,
): Promise<{ client: pg.Client; port: number }> {
  const attempt: Attempt = { hasStarted: false, signal };
  let isSomebodys = false;
  try {
    const first = await requireConnection(cluster, attempt);
    isSomebodys = true;
    await requireOwnership(first.client);
    isSomebodys = false;
    await clearWorkshops(cluster.dataDir);
    await requireDatabase(first.client);
    return first;
  } catch (error) {
    if (attempt.hasStarted && !isSomebodys) await stopServer(cluster);
    throw error;
  }
}

/**
 * Makes a database under `dataDir` when there is none, starts its server when none runs, and claims
 * it for this process. As long as it is claimed, a server that crashes is started again; one that
 * somebody stops in order is left stopped.
 *
 * @param dataDir absolute
 * @param signal ends a start under way
 * @throws StartError with the cause and the cure; a server that this call started is stopped then.
 */
export async function startEmbeddedPostgres(
  dataDir: string,
  signal?: AbortSignal,
): Promise<EmbeddedPostgres> {
  const { cluster, client, port } = await prepareCluster(dataDir)
    .then(async (cluster) => ({ cluster, ...(await claim(cluster, signal)) }))
    .catch((error: unknown) => {
      throw meansFullDisk(error) ? fullDisk(error) : error;
    });

  const stopping = new AbortController();
  let owner = client;
  let watched = Promise.resolve();

  /** Waits for the claim's connection to break, and mends what broke it. */
  const watch = (client: pg.Client): void => {
    client.once('end', () => {
      if (!stopping.signal.aborted) watched = reclaim();
    });
  };
  const reclaim = async (): Promise<void> => {
    log().warn('the embedded database closed its connection');
    while (!stopping.signal.aborted) {
      try {
        const isCrashed =
          (await findRunningPort(cluster)) === null && (await findPidFile(cluster)) !== null;
        if (isCrashed) {
          log().error('the embedded database crashed and is started again');
          const fault = await startServer(cluster, port, stopping.signal);
          if (fault !== null) log().error({ fault }, 'the embedded database did not start');
        }
        const client = await connect(port, cluster.password);
        if (await takeOwnership(client)) {
          owner = client;
          watch(client);
          log().info('the embedded database is back');
          return;
        }
        await client.end();
      } catch (error) {
        log().debug({ err: error }, 'the embedded database is not back yet');
      }
      await delay(5 * RETRY_MS, undefined, { signal: stopping.signal }).catch(() => {});
    }
  };
  watch(owner);

  return {
    connectionString: addressOf(port, cluster.password, DATABASE),
    admit: async (schema) => {
      // Another one at each start: nobody needs to keep it.
      const password = randomBytes(32).toString('base64url');
      const client = await connect(port, cluster.password, DATABASE);
      try {
        await makeAppRole(client, password);
        await grantToAppRole(client, schema);
      } finally {
        await client.end();
      }
      return addressOf(port, password, DATABASE, APP_ROLE);
    },
    stop: async () => {
      stopping.abort();
      await watched;
      await owner.end().catch(() => {});
      await stopServer(cluster);
    },
  };
}
