import type pg from 'pg';
import { vi } from 'vitest';
import type { TestServer } from './harness';

/** Until so many statements of this server's database wait for a lock that somebody holds. */
export async function waiting(server: TestServer, statements = 1): Promise<void> {
  await vi.waitUntil(
    async () =>
      (await server.count(
        `pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
      )) >= statements,
    { timeout: 5_000, interval: 5 },
  );
}

/**
 * Lets a call come as far as a lock that somebody holds, changes what it was allowed by, and lets go.
 * @param lock a statement that locks what the call waits for
 */
export async function meanwhile<T>(
  server: TestServer,
  [lock, ...values]: [string, ...unknown[]],
  call: () => Promise<T>,
  change: (client: pg.PoolClient) => Promise<unknown>,
): Promise<T> {
  const client = await server.db.connect();
  try {
    await client.query('BEGIN');
    await client.query(lock, values);
    const answer = call();
    await waiting(server);
    await change(client);
    await client.query('COMMIT');
    return await answer;
  } finally {
    await client.query('ROLLBACK');
    client.release();
  }
}
