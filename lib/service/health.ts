import { GatehouseError } from '@/lib/contract/errors';
import { pingDatabase } from '@/lib/platform/database';
import { databaseIsPrepared } from '@/lib/platform/database-state';

/**
 * Whether this instance can do its work: the database answers a query and has every migration. Says
 * nothing else; anybody may ask.
 * @throws unavailable
 */
export async function requireReady(): Promise<{ status: 'ok' }> {
  if (databaseIsPrepared()) {
    try {
      await pingDatabase();
      return { status: 'ok' };
    } catch {
      // Said below.
    }
  }
  throw new GatehouseError('unavailable', 'The database can’t be asked now.', {
    headers: { 'Retry-After': '2' },
  });
}
