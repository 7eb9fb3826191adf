import { setTimeout as delay } from 'node:timers/promises';
import { GatehouseError } from '@/lib/contract/errors';
import type { Health } from '@/lib/contract/resources';
import { busIsListening } from '@/lib/platform/bus';
import { log } from '@/lib/platform/log';
import { connection } from '@/lib/platform/postgres/connection';
import { database } from '@/lib/platform/postgres/database';
import { databaseIsPrepared, secretIsCommon } from '@/lib/platform/postgres/database-state';
import { explainMissingTables, findMissingTables } from '@/lib/platform/postgres/tables';
import { createRareWarning } from '@/lib/platform/rare-log';
import { shared } from '@/lib/platform/shared';
import { isStopping } from '@/lib/platform/stopping';
import { requireWorkingDatabase } from '@/lib/store/readiness';

const NOT_READY = 'This instance is not ready: gated calls would fail.';
const LOOK_MS = 100;
const LOOKS_UNTIL_SAID = 10;

/**
 * Whether a gated call would work on this instance, and the next one too: it is not about to stop, has
 * every migration, has the secret of the other instances, hears what they revoke, and the database answers,
 * has its tables and takes what is written. Says nothing else; anybody may ask.
 * @throws unavailable
 */
export async function requireReady(): Promise<Health> {
  const words = isStopping()
    ? 'This instance is about to stop.'
    : (await findObstacle()) && 'This instance is not ready now; its log says why.';
  if (words === null) return { status: 'ok' };
  throw new GatehouseError('unavailable', words, { headers: { 'Retry-After': '2' } });
}

/**
 * Looks until a gated call would work here.
 * @param say told what is waited for, after a second, and when it is something else
 * @throws when `signal` ends it
 */
export async function untilReady(say: (what: string) => void, signal: AbortSignal): Promise<void> {
  let said: string | null = null;
  for (let looks = 1; ; looks += 1) {
    const obstacle = await findObstacle();
    if (obstacle === null) return;
    if (looks >= LOOKS_UNTIL_SAID && obstacle !== said) say(obstacle);
    if (looks >= LOOKS_UNTIL_SAID) said = obstacle;
    await delay(LOOK_MS, undefined, { signal });
  }
}

/** What is still to come, in words; null: nothing. */
async function findObstacle(): Promise<string | null> {
  if (!databaseIsPrepared()) return 'its database';
  if (!secretIsCommon()) return 'the secret of the other instances';
  if (!busIsListening()) return 'notifications by its database';
  try {
    await requireWorkingDatabase();
    const missing = await findMissingTables(database().pool, connection().tables);
    if (missing.length === 0) return null;
    warnRarely()('tables', () => ({ message: NOT_READY, cure: explainMissingTables(missing) }));
    return 'the tables that its database lacks';
  } catch (err) {
    log().debug({ err }, 'not ready');
    const said = err instanceof Error ? err.message : String(err);
    warnRarely()(reasonOf(err), () => ({
      message: NOT_READY,
      cure: `Look at the database, which says (${reasonOf(err)}): ${said}`,
    }));
    return 'its database to take what is asked and written';
  }
}

const warnRarely = () =>
  shared('health-warning', () =>
    createRareWarning(({ message, cure }) => log().warn({ cure }, message)),
  );

/** One of few: PostgreSQL's code, or the kind of error. */
function reasonOf(err: unknown): string {
  if (!(err instanceof Error)) return 'unknown';
  return 'code' in err ? String(err.code) : err.name;
}
