import { GatehouseError } from '@/lib/contract/errors';
import type { Db } from '@/lib/platform/postgres/database';
import { findMembership } from '@/lib/store/members';

/** @throws not_found when the user is not in the team */
export async function requireMember(db: Db, teamId: string, userId: string): Promise<void> {
  if (await findMembership(db, teamId, userId)) return;
  throw new GatehouseError('not_found', 'There is no such member in this team.');
}
