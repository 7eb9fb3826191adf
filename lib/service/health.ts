import { GatehouseError } from '@/lib/contract/errors';
import { busIsListening } from '@/lib/platform/bus';
import { databaseIsPrepared, secretIsCommon } from '@/lib/platform/database-state';
import { log } from '@/lib/platform/log';
import { requireWorkingDatabase } from '@/lib/store/readiness';

/**
 * Whether a gated call would work on this instance: it has every migration, has the secret of the
 * other instances, hears what they revoke, and the database answers and takes what is written. Says nothing else; anybody may ask.
 * @throws unavailable
 */
export async function requireReady(): Promise<{ status: 'ok' }> {
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
