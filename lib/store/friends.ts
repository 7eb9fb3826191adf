import type { Db } from '@/lib/platform/postgres/database';
import { Prisma } from '@/lib/platform/prisma/client';
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

type Self = {
  id: string;
  email: string;
  /** Whether an address is its account's only once its mailbox has vouched for it. */
  needsConfirmation: boolean;
};

/**
 * The attack: an admin makes an account for somebody else's address, and is the friend who was meant. So
 * where addresses can be confirmed a request waits, as for nobody, until its own is.
 */
const isCertain = ({ id, needsConfirmation }: Self) => Prisma.sql`
  (NOT ${needsConfirmation} OR EXISTS (
    SELECT 1 FROM users me WHERE me.id = ${id} AND me.email_confirmed_at IS NOT NULL))`;

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
    WHERE (f.requester_id = ${self.id} OR (f.email = ${self.email} AND ${isCertain(self)}))
      AND (${id}::text IS NULL OR f.id = ${id})
      AND (${state}::text IS NULL OR ${state} = CASE WHEN f.accepted_at IS NOT NULL THEN 'friends'
        WHEN f.requester_id = ${self.id} THEN 'outgoing' ELSE 'incoming' END)
      AND (${after?.key}::timestamptz IS NULL OR (f.created_at, f.id) < (${after?.key}::timestamptz, ${after?.id}))
    ORDER BY f.created_at DESC, f.id DESC LIMIT ${rows}`;
}

/** A request that stands already is left as it is, one from there too, where it is seen here. */
export async function createFriendRequest(tx: Db, self: Self, email: string): Promise<void> {
  await tx.$executeRaw`
    INSERT INTO friendships (requester_id, email)
    SELECT ${self.id}, ${email} WHERE NOT EXISTS (
      SELECT 1 FROM friendships f JOIN users a ON a.id = f.requester_id
      WHERE a.email = ${email} AND f.email = ${self.email} AND ${isCertain(self)})
    ON CONFLICT (requester_id, email) DO NOTHING`;
}

export async function acceptFriendRequest(tx: Db, id: string, self: Self): Promise<boolean> {
  const count = await tx.$executeRaw`
    UPDATE friendships f SET accepted_at = gatehouse_now()
    WHERE f.id = ${id} AND f.email = ${self.email} AND f.accepted_at IS NULL AND ${isCertain(self)}`;
  return count === 1;
}

export async function deleteFriendship(tx: Db, id: string, self: Self): Promise<boolean> {
  const count = await tx.$executeRaw`
    DELETE FROM friendships f
    WHERE f.id = ${id} AND (f.requester_id = ${self.id} OR (f.email = ${self.email} AND ${isCertain(self)}))`;
  return count === 1;
}
