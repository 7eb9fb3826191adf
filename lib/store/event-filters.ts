import type { Db } from '@/lib/platform/postgres/database';
import type { Prisma } from '@/lib/platform/prisma/client';
import type { Slice } from './paging';

export type StoredEventFilter = Prisma.EventFilterGetPayload<object>;

/** The filters of a team that have a name, by it. */
export function findEventFilters(
  db: Db,
  teamId: string,
  { after, rows }: Slice,
): Promise<StoredEventFilter[]> {
  return db.eventFilter.findMany({
    where: {
      teamId,
      ...(after && {
        OR: [{ name: { gt: after.key } }, { name: after.key, id: { gt: after.id } }],
      }),
    },
    orderBy: [{ name: 'asc' }, { id: 'asc' }],
    take: rows,
  });
}

export function countEventFilters(tx: Db, teamId: string): Promise<number> {
  return tx.eventFilter.count({ where: { teamId } });
}

export function createEventFilter(
  tx: Db,
  filter: { teamId: string; name: string; query: Prisma.InputJsonObject },
): Promise<StoredEventFilter> {
  return tx.eventFilter.create({ data: filter });
}

/** Changes one of a team's. @returns it; null: there is none */
export async function changeEventFilter(
  tx: Db,
  teamId: string,
  id: string,
  change: { name?: string; query?: Prisma.InputJsonObject },
): Promise<StoredEventFilter | null> {
  const [row] = await tx.eventFilter.updateManyAndReturn({ where: { id, teamId }, data: change });
  return row ?? null;
}

/** @returns false: there was none */
export async function deleteEventFilter(tx: Db, teamId: string, id: string): Promise<boolean> {
  const { count } = await tx.eventFilter.deleteMany({ where: { id, teamId } });
  return count === 1;
}
