import type { Db } from '@/lib/platform/postgres/database';
import { Prisma } from '@/lib/platform/prisma/client';
import type { Role } from '@/lib/policy/roles';
import type { Rule } from '@/lib/policy/rules';
import type { Trust } from '@/lib/policy/trust';
import { type RuleRow, toRule } from './app-rules';
import { ruleColumns } from './facts';
import { lockTeam } from './teams';

/**
 * The attack: the owner revokes a network, removes an admin or makes a rule stricter while a request of
 * the thief stands between its check and its act. So each gated write locks what it was allowed by, in
 * its own transaction: such a change either comes first and is seen here, or waits until the write has
 * committed.
 */
export type Guard = {
  sessionId: string;
  userId: string;
  /** The verified network that the pass rests on, and for how long it is trusted. */
  trustId: string | null;
  trustDays: number;
};

/** What an act rests on, as it is, and stays until the transaction ends. */
export type Held = {
  now: Date;
  isSessionLive: boolean;
  /** What is recorded of the network, where one was named. */
  trust: Trust | null;
  /** The role in the team, where one was named; null: no member. */
  role: Role | null;
  /** The rules of the user's teams. */
  rules: { teamId: string; rule: Rule }[];
};

/**
 * Locks what an act rests on, and says how it is now. The acts of one user come one after the other, and
 * so do those on one team: two that each end all sessions, or remove each other, would wait in a circle.
 *
 * @param on.teamId whose membership the act rests on
 * @param on.isGated whether it rests on the trust in a network and on the rules
 */
export async function holdGuard(
  tx: Db,
  on: {
    sessionId: string;
    userId: string;
    teamId: string | null;
    network: string | null;
    isGated: boolean;
  },
): Promise<Held> {
  await tx.$queryRaw`SELECT 1 FROM users WHERE id = ${on.userId} FOR NO KEY UPDATE`;
  if (on.teamId !== null) await lockTeam(tx, on.teamId);
  const [row] = await tx.$queryRaw<
    {
      now: Date;
      isSessionLive: boolean;
      verifiedAt: Date | null;
      revokedAt: Date | null;
      role: Role | null;
    }[]
  >`
    WITH session AS (
      SELECT 1 FROM sessions WHERE id = ${on.sessionId} AND ended_at IS NULL FOR UPDATE
    ), trust AS (
      SELECT verified_at, revoked_at FROM verified_ips
      WHERE ${on.isGated} AND user_id = ${on.userId} AND network = ${on.network} FOR UPDATE
    ), membership AS (
      SELECT role::text FROM memberships
      WHERE team_id = ${on.teamId} AND user_id = ${on.userId} FOR SHARE
    )
    SELECT gatehouse_now() AS now, EXISTS (SELECT 1 FROM session) AS "isSessionLive",
      trust.verified_at AS "verifiedAt", trust.revoked_at AS "revokedAt", membership.role
    FROM (SELECT 1) one LEFT JOIN trust ON true LEFT JOIN membership ON true`;
  if (!row) throw new Error('holding what an act rests on returned no row');
  const { verifiedAt, revokedAt, ...held } = row;
  const trust = verifiedAt && { verifiedAt, revokedAt };
  return { ...held, trust, rules: on.isGated ? await holdRules(tx, on.userId) : [] };
}

async function holdRules(tx: Db, userId: string): Promise<Held['rules']> {
  const rows = await tx.$queryRaw<(RuleRow & { teamId: string })[]>`
    SELECT r.team_id AS "teamId", ${Prisma.raw(ruleColumns('r'))}
    FROM memberships m JOIN app_rules r ON r.team_id = m.team_id AND r.is_default
    WHERE m.user_id = ${userId} ORDER BY r.team_id FOR SHARE OF r`;
  return rows.map(({ teamId, ...rule }) => ({ teamId, rule: toRule(rule) }));
}
