import type { Db } from '@/lib/platform/postgres/database';
import { Prisma } from '@/lib/platform/prisma/client';
import type { Mode } from '@/lib/policy/actions';
import type { RecordedUse } from '@/lib/policy/replay';
import type { Rule } from '@/lib/policy/rules';
import { type RuleRow, toRule } from './app-rules';
import { ruleColumns } from './facts';
import { hasNetwork, networkOf } from './uses';

/** The uses of a team's members in the last so many days of UTC, today included. */
export type Span = { teamId: string; days: number };

/** A use that some rule would refuse. */
export type DoubtfulUse = RecordedUse & {
  /** `YYYY-MM-DD`, of UTC. */
  day: string;
  mode: Mode;
  name: string;
  email: string;
};

/**
 * The uses that a rule of so many days of trust could refuse: all others no such rule would.
 * @param trustDays the shortest trust that is asked about
 */
export async function findDoubtfulUses(
  db: Db,
  { teamId, days }: Span,
  trustDays: number,
): Promise<DoubtfulUse[]> {
  const rows = await db.$queryRaw<(Omit<DoubtfulUse, 'network'> & { network: string })[]>`
    SELECT u.user_id AS "userId", x.name, x.email, u.network, u.action, u.finding, u.mode, u.day::text,
      u.verified_at AS "verifiedAt", u.first_at AS "firstAt", u.last_at AS "lastAt", u.count::int
    FROM uses u JOIN memberships m ON m.user_id = u.user_id AND m.team_id = ${teamId} JOIN users x ON x.id = u.user_id
    WHERE u.day > (gatehouse_now() AT TIME ZONE 'UTC')::date - ${days}::int
      AND NOT (u.finding = 'trusted' AND u.last_at < u.verified_at + interval '24 hours' * ${trustDays}::int)`;
  return rows.map((row) => ({ ...row, network: networkOf(row.network) }));
}

/** When members proved on the networks of doubtful uses who they are. */
export function findProofs(
  db: Db,
  { teamId, days }: Span,
): Promise<{ userId: string; network: string; at: Date }[]> {
  return db.$queryRaw`
    WITH doubtful AS MATERIALIZED (
      SELECT DISTINCT u.user_id, u.network FROM uses u
      JOIN memberships m ON m.user_id = u.user_id AND m.team_id = ${teamId}
      WHERE u.day > (gatehouse_now() AT TIME ZONE 'UTC')::date - ${days}::int AND u.finding <> 'trusted')
    SELECT d.user_id AS "userId", d.network, p.at
    FROM doubtful d CROSS JOIN LATERAL (
      SELECT v.verified_at AS at FROM verified_ips v WHERE v.user_id = d.user_id AND v.network = d.network
      UNION
      SELECT u.verified_at FROM uses u WHERE u.user_id = d.user_id AND u.network = d.network
        AND u.day > (gatehouse_now() AT TIME ZONE 'UTC')::date - ${days}::int AND u.verified_at IS NOT NULL) p
    ORDER BY p.at`;
}

/** How much of each action there was, day by day, in requests. */
export function countUsesByDay(
  db: Db,
  { teamId, days }: Span,
): Promise<{ day: string; action: string; allowed: number; refused: number }[]> {
  return db.$queryRaw`
    SELECT u.day::text, u.action,
      coalesce(sum(u.count) FILTER (WHERE u.finding = 'trusted' OR u.mode <> 'enforce'), 0)::int AS allowed,
      coalesce(sum(u.count) FILTER (WHERE u.finding <> 'trusted' AND u.mode = 'enforce'), 0)::int AS refused
    FROM uses u JOIN memberships m ON m.user_id = u.user_id AND m.team_id = ${teamId}
    WHERE u.day > (gatehouse_now() AT TIME ZONE 'UTC')::date - ${days}::int
    GROUP BY u.day, u.action ORDER BY u.day, u.action`;
}

/** How many people there were; by action, and in all where that is null. */
export function countPeople(
  db: Db,
  { teamId, days }: Span,
): Promise<{ action: string | null; people: number }[]> {
  return db.$queryRaw`
    SELECT u.action, count(DISTINCT u.user_id)::int AS people
    FROM uses u JOIN memberships m ON m.user_id = u.user_id AND m.team_id = ${teamId}
    WHERE u.day > (gatehouse_now() AT TIME ZONE 'UTC')::date - ${days}::int
    GROUP BY GROUPING SETS ((u.action), ())`;
}

/** The networks with most uses, most first. */
export function findUsedNetworks(
  db: Db,
  { teamId, days }: Span,
  limit: number,
): Promise<{ network: string; people: number; uses: number; refused: number }[]> {
  return db.$queryRaw`
    SELECT u.network, count(DISTINCT u.user_id)::int AS people, sum(u.count)::int AS uses,
      coalesce(sum(u.count) FILTER (WHERE u.finding <> 'trusted' AND u.mode = 'enforce'), 0)::int AS refused
    FROM uses u JOIN memberships m ON m.user_id = u.user_id AND m.team_id = ${teamId}
    WHERE u.day > (gatehouse_now() AT TIME ZONE 'UTC')::date - ${days}::int AND ${Prisma.raw(hasNetwork('u.network'))}
    GROUP BY u.network ORDER BY uses DESC, u.network LIMIT ${limit}`;
}

/** Today, and the day of the first use that is kept of a team's members; null: of none. Days of UTC. */
export async function findUseDays(
  db: Db,
  teamId: string,
): Promise<{ today: string; since: string | null }> {
  const [row] = await db.$queryRaw<{ today: string; since: string | null }[]>`
    SELECT (gatehouse_now() AT TIME ZONE 'UTC')::date::text AS today, (
      SELECT min(f.day)::text FROM memberships m CROSS JOIN LATERAL (
        SELECT u.day FROM uses u WHERE u.user_id = m.user_id ORDER BY u.day LIMIT 1) f
      WHERE m.team_id = ${teamId}) AS since`;
  if (!row) throw new Error('the database told no day');
  return row;
}

/** The Default rulesets of the other teams of those members who are in any. */
export async function findRulesElsewhere(db: Db, teamId: string): Promise<Map<string, Rule[]>> {
  const rows = await db.$queryRaw<({ userId: string } & RuleRow)[]>`
    SELECT o.user_id AS "userId", ${Prisma.raw(ruleColumns('r'))}
    FROM memberships m JOIN memberships o ON o.user_id = m.user_id AND o.team_id <> m.team_id
    JOIN app_rules r ON r.team_id = o.team_id AND r.is_default
    WHERE m.team_id = ${teamId}`;
  const found = new Map<string, Rule[]>();
  for (const { userId, ...rule } of rows) {
    found.set(userId, [...(found.get(userId) ?? []), toRule(rule)]);
  }
  return found;
}
