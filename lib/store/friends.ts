import type { Db } from '@/lib/platform/postgres/database';
import type { Slice } from './paging';

export type StoredFriendship = {
  id: string;
  accepted: boolean;
  requestedByMe: boolean;
  /** Of the other one. */
  email: string;
  name: string | null;
  createdAt: Date;
};

type Self = { id: string; email: string };

/**
 * Friendships and requests of a user, or those in one state, the latest made first. Where two have asked
 * each other, both rows are here.
 */
export function findFriendships(
  db: Db,
  self: Self,
  { after, rows }: Slice,
  { state, id }: { state?: 'friends' | 'incoming' | 'outgoing' | undefined; id?: string } = {},
): Promise<StoredFriendship[]> {
  return db.$queryRaw`
    SELECT f.id, f.accepted_at IS NOT NULL AS accepted, f.requester_id = ${self.id} AS "requestedByMe",
      CASE WHEN f.requester_id = ${self.id} THEN f.email ELSE r.email END AS email,
      CASE WHEN f.requester_id = ${self.id} THEN a.name ELSE r.name END AS name, f.created_at AS "createdAt"
    FROM friendships f
    JOIN users r ON r.id = f.requester_id
    LEFT JOIN users a ON a.email = f.email
    WHERE (f.requester_id = ${self.id} OR f.email = ${self.email})
      AND (${id}::text IS NULL OR f.id = ${id})
      AND (${state}::text IS NULL OR ${state} = CASE WHEN f.accepted_at IS NOT NULL THEN 'friends'
        WHEN f.requester_id = ${self.id} THEN 'outgoing' ELSE 'incoming' END)
      AND (${after?.key}::timestamptz IS NULL OR (f.created_at, f.id) < (${after?.key}::timestamptz, ${after?.id}))
    ORDER BY f.created_at DESC, f.id DESC LIMIT ${rows}`;
}

/** A request that stands already, in either direction, is left as it is. */
export async function createFriendRequest(
  tx: Db,
  requesterId: string,
  email: string,
): Promise<void> {
  await tx.$executeRaw`
    INSERT INTO friendships (requester_id, email)
    SELECT ${requesterId}, ${email} WHERE NOT EXISTS (
      SELECT 1 FROM friendships f JOIN users a ON a.id = f.requester_id
      WHERE a.email = ${email} AND f.email = (SELECT email FROM users WHERE id = ${requesterId}))
    ON CONFLICT (requester_id, email) DO NOTHING`;
}

export async function acceptFriendRequest(tx: Db, id: string, email: string): Promise<boolean> {
  const count = await tx.$executeRaw`
    UPDATE friendships SET accepted_at = gatehouse_now()
    WHERE id = ${id} AND email = ${email} AND accepted_at IS NULL`;
  return count === 1;
}

export async function deleteFriendship(tx: Db, id: string, self: Self): Promise<boolean> {
  const { count } = await tx.friendship.deleteMany({
    where: { id, OR: [{ requesterId: self.id }, { email: self.email }] },
  });
  return count === 1;
}
