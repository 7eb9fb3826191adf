import { GatehouseError } from '@/lib/contract/errors';
import type { Health } from '@/lib/contract/resources';
import { busIsListening } from '@/lib/platform/bus';
import { log } from '@/lib/platform/log';
import { databaseIsPrepared, secretIsCommon } from '@/lib/platform/postgres/database-state';
import { isStopping } from '@/lib/platform/stopping';
import { requireWorkingDatabase } from '@/lib/store/readiness';

/**
 * Whether a gated call would work on this instance, and the next one too: it is not about to stop, has
 * every migration, has the secret of the other instances, hears what they revoke, and the database answers
 * and takes what is written. Says nothing else; anybody may ask.
 * @throws unavailable
 */
export async function requireReady(): Promise<Health> {
  if (isStopping()) {
    throw new GatehouseError('unavailable', 'This instance is about to stop.', {
      headers: { 'Retry-After': '2' },
    });
  }
  if (databaseIsPrepared() && secretIsCommon() && busIsListening()) {
    try {
      await requireWorkingDatabase();
      return { status: 'ok' };
    } catch (err) {
      log().debug({ err }, 'not ready');
    }
  }
  throw new GatehouseError('unavailable', 'This instance is not ready now; its log says why.', {
    headers: { 'Retry-After': '2' },
  });
}
