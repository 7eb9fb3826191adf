import type { Db } from '@/lib/platform/postgres/database';
import { Prisma } from '@/lib/platform/prisma/client';
import type { PlannedChange, PlannedRule } from '@/lib/policy/rule-change';
import { DEFAULT_RULE, type Rule, readModes } from '@/lib/policy/rules';
import { ruleAt, ruleColumns } from './facts';
import type { Slice } from './paging';

export type RuleRow = {
  enabled: boolean;
  trustDays: number;
  /** By action. */
  modes: unknown;
};

/** A stored ruleset as the policy reads it. */
export function toRule(row: RuleRow): Rule {
  return {
    enabled: row.enabled,
    trustDays: row.trustDays,
    modes: readModes(row.modes as Record<string, unknown>),
  };
}

/** The Default ruleset of a team, where it has one. */
export type DefaultRuleRow = RuleRow | { enabled: null };

export function toDefaultRule(row: DefaultRuleRow): Rule {
  return row.enabled === null ? DEFAULT_RULE : toRule(row);
}

export type StoredRule = {
  id: string;
  name: string;
  isDefault: boolean;
  /** As it is now, what was planned until now among it. */
  rule: Rule;
  /** What is still to come. */
  planned: PlannedChange | null;
  /** While it is off: why, and by whom it was switched off; null: not known any more. */
  off: { reason: string | null; by: Person | null } | null;
  changedAt: Date | null;
  changedBy: Person | null;
};
type Person = { id: string; name: string; email: string };

type PlanRow = { plannedAt: Date | null; planned: unknown };

/** What a ruleset is to become. */
function toPlan({ plannedAt, planned }: PlanRow): PlannedChange | null {
  return plannedAt && { startsAt: plannedAt, settings: planned as PlannedChange['settings'] };
}

/** The rulesets of a team, the Default first, then by name; or the one of an id. */
export async function findRulesOfTeam(
  db: Db,
  teamId: string,
  { after, rows: count }: Slice,
  id?: string,
): Promise<(StoredRule & { key: string })[]> {
  const rows = await db.$queryRaw<
    (RuleRow &
      PlanRow & {
        id: string;
        key: string;
        name: string;
        isDefault: boolean;
        offReason: string | null;
        offBy: string | null;
        changedAt: Date | null;
        changedBy: string | null;
      })[]
  >`
    SELECT r.id, k.key, r.name, r.is_default AS "isDefault", ${Prisma.raw(ruleColumns('r', 't.now'))},
      CASE WHEN r.planned_at > t.now THEN r.planned_at END AS "plannedAt", r.planned,
      r.off_reason AS "offReason", r.off_by AS "offBy",
      CASE WHEN r.planned_at <= t.now THEN r.planned_at ELSE r.changed_at END AS "changedAt",
      CASE WHEN r.planned_at <= t.now THEN NULL ELSE r.changed_by END AS "changedBy"
    FROM (SELECT gatehouse_now() AS now OFFSET 0) t, app_rules r
    CROSS JOIN LATERAL (SELECT CASE WHEN r.is_default THEN '0' ELSE '1' END || lower(r.name) AS key) k
    WHERE r.team_id = ${teamId} AND (${id}::text IS NULL OR r.id = ${id})
      AND (${after?.key}::text IS NULL OR (k.key, r.id) > (${after?.key}, ${after?.id}))
    ORDER BY k.key, r.id LIMIT ${count}`;
  const users = await db.user.findMany({
    where: { id: { in: rows.flatMap((row) => [row.changedBy ?? [], row.offBy ?? []].flat()) } },
    select: { id: true, name: true, email: true },
  });
  const person = (userId: string | null) => users.find((user) => user.id === userId) ?? null;
  return rows.map((row) => ({
    id: row.id,
    key: row.key,
    name: row.name,
    isDefault: row.isDefault,
    rule: toRule(row),
    planned: toPlan(row),
    off: row.enabled ? null : { reason: row.offReason, by: person(row.offBy) },
    changedAt: row.changedAt,
    changedBy: person(row.changedBy),
  }));
}

/** Of these teams, those whose Default ruleset has IP Verification off: until when, by whom and why. */
export async function findTeamsThatAreOff(
  db: Db,
  teamIds: string[],
): Promise<{ teamId: string; until: Date | null; by: string | null; reason: string | null }[]> {
  return db.$queryRaw`
    SELECT r.team_id AS "teamId", u.name AS by, r.off_reason AS reason,
      CASE WHEN (r.planned->>'enabled')::boolean THEN r.planned_at END AS until
    FROM app_rules r LEFT JOIN users u ON u.id = r.off_by
    WHERE r.team_id = ANY(${teamIds}) AND r.is_default AND NOT ${Prisma.raw(ruleAt('r').enabled)}`;
}

/** The Default rules of all teams of a user. */
export async function findRulesOfUser(db: Db, userId: string): Promise<Rule[]> {
  const rows = await db.$queryRaw<DefaultRuleRow[]>`
    SELECT ${Prisma.raw(ruleColumns('r'))}
    FROM memberships m LEFT JOIN app_rules r ON r.team_id = m.team_id AND r.is_default
    WHERE m.user_id = ${userId}`;
  return rows.map(toDefaultRule);
}

/** As it is written, with what is planned, whether or not that is due. */
export type LockedRule = PlannedRule & { id: string; teamId: string; now: Date };

type LockedRow = RuleRow & PlanRow & { id: string; teamId: string; now: Date };

const LOCKED = Prisma.raw(
  `id, team_id AS "teamId", enabled, trust_days AS "trustDays", modes, planned_at AS "plannedAt", planned,
   gatehouse_now() AS now`,
);

const toLocked = (row: LockedRow): LockedRule => ({
  id: row.id,
  teamId: row.teamId,
  rule: toRule(row),
  planned: toPlan(row),
  now: row.now,
});

/**
 * A ruleset of this team, locked until the transaction ends: of two changes at once the second sees
 * what the first made of it, and the audit rows come in the order of the changes.
 */
export async function lockRule(tx: Db, teamId: string, id: string): Promise<LockedRule | null> {
  const [row] = await tx.$queryRaw<LockedRow[]>`
    SELECT ${LOCKED} FROM app_rules WHERE id = ${id} AND team_id = ${teamId} FOR UPDATE`;
  return row ? toLocked(row) : null;
}

/** One whose planned change is due and that nobody else is at, locked until the transaction ends. */
export async function lockDueRule(tx: Db): Promise<LockedRule | null> {
  const [row] = await tx.$queryRaw<LockedRow[]>`
    SELECT ${LOCKED} FROM app_rules WHERE planned_at <= gatehouse_now()
    ORDER BY planned_at LIMIT 1 FOR UPDATE SKIP LOCKED`;
  return row ? toLocked(row) : null;
}

/** @param off why it is off, and who switched it off, where that is new; `changedBy` null: it came by itself */
export async function setRule(
  tx: Db,
  id: string,
  { rule, planned }: PlannedRule,
  changedBy: string | null,
  off: { reason: string | null; by: string } | null,
): Promise<void> {
  await tx.$executeRaw`
    UPDATE app_rules SET enabled = ${rule.enabled}, trust_days = ${rule.trustDays},
      modes = ${rule.modes}::jsonb, changed_at = gatehouse_now(), changed_by = ${changedBy},
      planned_at = ${planned?.startsAt ?? null}, planned = ${planned?.settings ?? null}::jsonb,
      off_reason = CASE WHEN ${rule.enabled} THEN NULL ELSE coalesce(${off?.reason ?? null}, off_reason) END,
      off_by = CASE WHEN ${rule.enabled} THEN NULL ELSE coalesce(${off?.by ?? null}, off_by) END
    WHERE id = ${id}`;
}
