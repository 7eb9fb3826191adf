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
    if (index === undefined) await client.query(statement);
    else await makeIndex(client, index, statement);
  }
}

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
      const isMade = await client.query(statement).then(
        () => true,
        (error: unknown) => {
          if (!isThere(error)) throw error;
          return false;
        },
      );
      if (isMade) return;
    } else if (found.isBeingMade) isDoubted = false;
    else if (!isDoubted) isDoubted = true;
    else {
      await client.query(`DROP INDEX CONCURRENTLY IF EXISTS "${name}"`);
      isDoubted = false;
    }
  }
}

/** Another instance has begun it a moment before. */
const isThere = (error: unknown) =>
  error instanceof Error && 'code' in error && (error.code === '42P07' || error.code === '23505');
