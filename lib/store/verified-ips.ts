import type { Db } from '@/lib/platform/postgres/database';
import { Prisma } from '@/lib/platform/prisma/client';
import { MAX_VERIFIED_IPS, type Trust } from '@/lib/policy/trust';
import { LIVE_STATES } from './facts';
import type { Slice } from './paging';

export type StoredVerifiedIp = {
  id: string;
  userId: string;
  network: string;
  address: string;
  method: 'password' | 'sso';
  verifiedAt: Date;
  lastUsedAt: Date;
  revokedAt: Date | null;
};

export type RecordedIp = {
  row: StoredVerifiedIp;
  /** What was recorded of this network before. */
  before: Trust | null;
  /** Whether the account was there before this: its very first network is news to nobody. */
  isKnown: boolean;
};

/**
 * Records a network after a full authentication from it; also brings a revoked or expired one back.
 * Beyond 50, the longest unused goes: else whoever has the password fills the table.
 */
export async function recordVerifiedIp(
  tx: Db,
  record: {
    userId: string;
    network: string;
    address: string;
    method: 'password' | 'sso';
    /** Of the identity provider that the proof came from. */
    providerId: string | null;
  },
): Promise<RecordedIp> {
  const known = await tx.verifiedIp.findUnique({
    where: { userId_network: { userId: record.userId, network: record.network } },
    select: { verifiedAt: true, revokedAt: true },
  });
  const [row] = await tx.$queryRaw<(StoredVerifiedIp & { isKnown: boolean })[]>`
    INSERT INTO verified_ips AS v (user_id, network, address, method, connection_id, verified_at, last_used_at)
    VALUES (${record.userId}, ${record.network}, ${record.address}, ${record.method}::auth_method,
      ${record.providerId}, gatehouse_now(), gatehouse_now())
    ON CONFLICT (user_id, network) DO UPDATE SET address = excluded.address, method = excluded.method,
      connection_id = excluded.connection_id, verified_at = excluded.verified_at,
      last_used_at = excluded.last_used_at, revoked_at = NULL
    RETURNING id, user_id AS "userId", network, address, method::text, verified_at AS "verifiedAt",
      last_used_at AS "lastUsedAt", revoked_at AS "revokedAt",
      NOT EXISTS (SELECT 1 FROM users u WHERE u.id = ${record.userId}
        AND u.created_at > gatehouse_now() - interval '1 minute') AS "isKnown"`;
  if (!row) throw new Error('recording a network returned no row');
  await tx.$executeRaw`
    DELETE FROM verified_ips WHERE id IN (
      SELECT id FROM verified_ips WHERE user_id = ${record.userId}
      ORDER BY (id = ${row.id}) DESC, (revoked_at IS NULL) DESC, last_used_at DESC
      OFFSET ${MAX_VERIFIED_IPS})`;
  const { isKnown, ...stored } = row;
  return { row: stored, before: known, isKnown };
}

/** Whether somebody else has verified this network, and it was not taken back. */
export async function isVerifiedByAnother(
  db: Db,
  network: string,
  userId: string,
): Promise<boolean> {
  const other = await db.verifiedIp.findFirst({
    where: { network, userId: { not: userId }, revokedAt: null },
    select: { id: true },
  });
  return other !== null;
}

/** The networks of a user, the latest verified first: by their use they would change places. */
export function findVerifiedIps(
  db: Db,
  userId: string,
  { after, rows }: Slice,
): Promise<StoredVerifiedIp[]> {
  return db.$queryRaw`
    SELECT id, user_id AS "userId", network, address, method::text, verified_at AS "verifiedAt",
      last_used_at AS "lastUsedAt", revoked_at AS "revokedAt"
    FROM verified_ips
    WHERE user_id = ${userId}
      AND (${after?.key}::timestamptz IS NULL OR (verified_at, id) < (${after?.key}::timestamptz, ${after?.id}))
    ORDER BY verified_at DESC, id DESC LIMIT ${rows}`;
}

/** Which of a user's networks: one by its id, all, or all but the one somebody is on (null: unknown). */
export type WhichNetworks = { only: string } | { except: string | null } | 'all';

/**
 * Revokes networks of a user, and ends the connections that were opened from them.
 * @returns the networks that were not revoked until now
 */
export async function revokeVerifiedIps(
  tx: Db,
  userId: string,
  which: WhichNetworks,
): Promise<{ id: string; network: string }[]> {
  const only = which !== 'all' && 'only' in which ? which.only : null;
  const except = which !== 'all' && 'except' in which ? which.except : null;
  const revoked = await tx.$queryRaw<{ id: string; network: string }[]>`
    UPDATE verified_ips SET revoked_at = gatehouse_now()
    WHERE user_id = ${userId} AND revoked_at IS NULL
      AND (${only}::text IS NULL OR id = ${only}) AND (${except}::text IS NULL OR network <> ${except})
    RETURNING id, network`;
  const networks = revoked.map((row) => row.network);
  await tx.$executeRaw`
    UPDATE connections SET state = 'revoked', ended_at = gatehouse_now(), end_reason = 'network_revoked'
    WHERE user_id = ${userId} AND network = ANY(${networks}) AND state IN ${Prisma.raw(LIVE_STATES)}`;
  return revoked;
}

/**
 * Networks that nearly always are a proxy that nobody listed: over `users` members of a team trust one,
 * or over half of at least three, or several this machine's own. What several users share is read from an
 * index, and counted by team then: nearly all networks of a large company are one person's.
 */
export function findSharedNetworks(
  db: Db,
  teamId: string,
  users: number,
): Promise<{ network: string; users: number; members: number }[]> {
  return db.$queryRaw`
    WITH shared AS MATERIALIZED (
      SELECT network FROM verified_ips WHERE revoked_at IS NULL GROUP BY network HAVING count(*) > 1)
    SELECT s.network, u.users, t.members
    FROM (SELECT count(*)::int AS members FROM memberships WHERE team_id = ${teamId}) t
    CROSS JOIN shared s
    CROSS JOIN LATERAL (
      SELECT count(*)::int AS users
      FROM verified_ips v JOIN memberships m ON m.user_id = v.user_id AND m.team_id = ${teamId}
      WHERE v.network = s.network AND v.revoked_at IS NULL) u
    WHERE u.users > ${users} OR (t.members >= 3 AND u.users * 2 > t.members)
      OR (u.users > 1 AND (s.network LIKE '127.%' OR s.network IN ('::/64', '::1/128')))
    ORDER BY u.users DESC, s.network LIMIT 20`;
}

/** The network that each member of a team used last, of at most so many members. */
export async function findNetworksOfTeam(
  db: Db,
  teamId: string,
  members: number,
): Promise<string[]> {
  const rows = await db.$queryRaw<{ network: string }[]>`
    SELECT DISTINCT v.network FROM (
      SELECT v.network FROM memberships m
      CROSS JOIN LATERAL (SELECT v.network FROM verified_ips v WHERE v.user_id = m.user_id
        ORDER BY v.last_used_at DESC LIMIT 1) v
      WHERE m.team_id = ${teamId} LIMIT ${members}) v`;
  return rows.map((row) => row.network);
}
