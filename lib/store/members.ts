import type { Db } from '@/lib/platform/database';
import type { Role } from '@/lib/policy/roles';

export function findMembership(
  db: Db,
  teamId: string,
  userId: string,
): Promise<{ role: Role } | null> {
  return db.membership.findUnique({
    where: { teamId_userId: { teamId, userId } },
    select: { role: true },
  });
}

export async function addMember(tx: Db, teamId: string, userId: string, role: Role): Promise<void> {
  await tx.membership.create({ data: { teamId, userId, role }, select: { teamId: true } });
}
