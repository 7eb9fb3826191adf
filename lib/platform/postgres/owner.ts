import { setTimeout as delay } from 'node:timers/promises';
import type pg from 'pg';
import { StartError } from '@/lib/platform/start-error';
import { RETRY_MS } from './programs';

// One directory has one Gatehouse.

/** The lock that says "this directory has its Gatehouse": held on a connection, gone with it. */
const OWNER_LOCK = 4_283_640_007;
/** How long a killed predecessor's connection may take to be noticed. */
const OWNER_TIMEOUT_MS = 2_000;

export async function takeOwnership(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query<{ taken: boolean }>(
    'SELECT pg_try_advisory_lock($1) AS taken',
    [OWNER_LOCK],
  );
  return rows[0]?.taken === true;
}

async function findOwner(client: pg.Client): Promise<string> {
  const { rows } = await client.query<{ name: string | null }>(
    `SELECT a.application_name AS name FROM pg_locks l JOIN pg_stat_activity a USING (pid)
      WHERE l.locktype = 'advisory' AND l.granted
        AND (l.classid::bigint << 32) + l.objid::bigint = $1`,
    [OWNER_LOCK],
  );
  return /process \d+/.exec(rows[0]?.name ?? '')?.[0] ?? 'another process';
}

/** The second of two Gatehouses on one directory must say so and leave the first alone. */
export async function requireOwnership(client: pg.Client): Promise<void> {
  const end = Date.now() + OWNER_TIMEOUT_MS;
  while (!(await takeOwnership(client))) {
    if (Date.now() > end) {
      const owner = await findOwner(client);
      await client.end();
      throw new StartError(
        `DATA_DIR is in use by another Gatehouse (${owner}). Stop that one, or set DATA_DIR to another directory.`,
      );
    }
    await delay(RETRY_MS);
  }
}
