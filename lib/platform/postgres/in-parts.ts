import { setTimeout as delay } from 'node:timers/promises';
import type pg from 'pg';

// The fault: an index of a large table is made in one transaction, and until it is done nobody can write
// there; every gated call is refused for that long. So a migration that says so is done statement by
// statement, outside of a transaction, each of them in such a way that it can be done again: by the next start
// after a kill, and by another instance at the same time.

const IN_PARTS = '-- Statement by statement';

/** Whether a migration is to be applied outside of a transaction. */
export const isInParts = (sql: string) => sql.startsWith(IN_PARTS);

/** A statement begins at the beginning of a line with its verb, as nothing within a body does. */
const statementsOf = (sql: string) => sql.split(/;\n+(?=CREATE|DROP|DO)/);

const INDEX = /^CREATE INDEX CONCURRENTLY "(\w+)"/;

/** Does what a migration says, or what is left of it. @param client in no transaction, without limits of time */
export async function applyInParts(client: pg.Client, sql: string): Promise<void> {
  for (const statement of statementsOf(sql)) {
    const [, index] = INDEX.exec(statement) ?? [];
    if (index === undefined) while (!(await isDone(client, statement)));
    else await makeIndex(client, index, statement);
  }
}

/** @returns false: another instance stood in the way, and it is to be looked at again */
async function isDone(client: pg.Client, statement: string): Promise<boolean> {
  try {
    await client.query(statement);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && IN_THE_WAY.includes(`${error.code}`))
      return false;
    throw error;
  }
}

/** It has begun the same a moment before; or the two waited for each other, and one was ended. */
const IN_THE_WAY = ['42P07', '23505', '40P01'];

const LOOK_AGAIN_MS = 200;

/**
 * An index that is there, but is not valid, is being made by another instance, or was left by one that was
 * killed. It is taken for left only when it looks so twice: between two looks another may have ended it.
 */
async function makeIndex(client: pg.Client, name: string, statement: string): Promise<void> {
  for (let isDoubted = false; ; await delay(LOOK_AGAIN_MS)) {
    const { rows } = await client.query<{ isValid: boolean; isBeingMade: boolean }>(
      `SELECT indisvalid AS "isValid",
         EXISTS (SELECT 1 FROM pg_stat_progress_create_index WHERE index_relid = indexrelid) AS "isBeingMade"
       FROM pg_index WHERE indexrelid = to_regclass(quote_ident($1))`,
      [name],
    );
    const [found] = rows;
    if (found?.isValid) return;
    if (!found) {
      if (await isDone(client, statement)) return;
    } else if (found.isBeingMade) isDoubted = false;
    else if (!isDoubted) isDoubted = true;
    else {
      await isDone(client, `DROP INDEX CONCURRENTLY IF EXISTS "${name}"`);
      isDoubted = false;
    }
  }
}
