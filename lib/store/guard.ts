import type { Db } from '@/lib/platform/database';

/**
 * The attack: the owner revokes a network while a request of the thief stands between its check and
 * its act. So each gated write locks what it was allowed by, in its own transaction: a revocation
 * either comes first and is seen here, or waits until the write has committed.
 */
export type Guard = {
  sessionId: string;
  userId: string;
  trustId: string | null;
  trustDays: number;
};

/** The guard as SQL. Parameters: session, user, trust, days. */
const guardSql = (lock: 'SHARE' | 'UPDATE') => `
session AS (
  SELECT 1 FROM sessions WHERE id = $1 AND ended_at IS NULL FOR ${lock}
), trust AS (
  SELECT 1 FROM verified_ips
  WHERE id = $3 AND user_id = $2 AND revoked_at IS NULL
    AND verified_at > gatehouse_now() - interval '24 hours' * $4::int FOR ${lock}
), guard AS (
  SELECT CASE WHEN NOT EXISTS (SELECT 1 FROM session) THEN 'session-ended'
    WHEN $3::text IS NOT NULL AND NOT EXISTS (SELECT 1 FROM trust) THEN 'trust-gone'
    ELSE 'held' END AS state
)`;

/** For a gated act that is one statement and changes neither the session nor the trust. */
export const GUARD_SQL = guardSql('SHARE');

export type GuardState = 'held' | 'session-ended' | 'trust-gone';

export function guardValues(guard: Guard): [string, string, string | null, number] {
  return [guard.sessionId, guard.userId, guard.trustId, guard.trustDays];
}

/**
 * Whether the pass still holds; what it rests on is locked until the transaction ends. The acts of one
 * user come one after the other: two that each end all sessions would wait for each other's for ever.
 */
export async function holdGuard(tx: Db, guard: Guard): Promise<GuardState> {
  await tx.$queryRaw`SELECT 1 FROM users WHERE id = ${guard.userId} FOR NO KEY UPDATE`;
  const [row] = await tx.$queryRawUnsafe<{ state: GuardState }[]>(
    `WITH ${guardSql('UPDATE')} SELECT state FROM guard`,
    ...guardValues(guard),
  );
  return row?.state ?? 'session-ended';
}
