import type { Db } from '@/lib/platform/postgres/database';

/** So long an export is taken for under way after its last word. */
export const EXPORT_LEASE_SECONDS = 30;

/** Takes the one export that a team may have under way. @returns false: it has one */
export async function takeExport(db: Db, teamId: string, id: string): Promise<boolean> {
  const count = await db.$executeRaw`
    INSERT INTO event_exports AS x (team_id, id, ends_at)
    VALUES (${teamId}, ${id}, gatehouse_now() + interval '1 second' * ${EXPORT_LEASE_SECONDS}::int)
    ON CONFLICT (team_id) DO UPDATE SET id = excluded.id, ends_at = excluded.ends_at
      WHERE x.ends_at <= gatehouse_now()`;
  return count === 1;
}

/** Says that it goes on. @returns false: another has its place */
export async function keepExport(db: Db, teamId: string, id: string): Promise<boolean> {
  const count = await db.$executeRaw`
    UPDATE event_exports SET ends_at = gatehouse_now() + interval '1 second' * ${EXPORT_LEASE_SECONDS}::int
    WHERE team_id = ${teamId} AND id = ${id}`;
  return count === 1;
}

export async function endExport(db: Db, teamId: string, id: string): Promise<void> {
  await db.$executeRaw`DELETE FROM event_exports WHERE team_id = ${teamId} AND id = ${id}`;
}
