import { GatehouseError } from '@/lib/contract/errors';
import { busIsListening } from '@/lib/platform/bus';
import { databaseIsPrepared } from '@/lib/platform/database-state';
import { log } from '@/lib/platform/log';
import { requireWorkingDatabase } from '@/lib/store/readiness';

/**
 * Whether a gated call would work on this instance: it has every migration, hears what other instances
 * revoke, and the database answers and takes what is written. Says nothing else; anybody may ask.
 * @throws unavailable
 */
export async function requireReady(): Promise<{ status: 'ok' }> {
  if (databaseIsPrepared() && busIsListening()) {
    try {
      await requireWorkingDatabase();
      return { status: 'ok' };
    } catch (err) {
      log().debug({ err }, 'not ready');
    }
  }
  throw new GatehouseError('unavailable', 'The database can’t be asked now.', {
    headers: { 'Retry-After': '2' },
  });
}
