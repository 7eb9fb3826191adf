import type { Db } from '@/lib/platform/postgres/database';
import { DEFAULT_RULE, type Rule, readModes } from '@/lib/policy/rules';
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
  rule: Rule;
  changedAt: Date | null;
  changedBy: { id: string; name: string; email: string } | null;
};

/** The rulesets of a team, the Default first, then by name; or the one of an id. */
export async function findRulesOfTeam(
  db: Db,
  teamId: string,
  { after, rows: count }: Slice,
  id?: string,
): Promise<(StoredRule & { key: string })[]> {
  const listed = await db.$queryRaw<{ id: string; key: string }[]>`
    SELECT r.id, k.key FROM app_rules r
    CROSS JOIN LATERAL (SELECT CASE WHEN r.is_default THEN '0' ELSE '1' END || lower(r.name) AS key) k
    WHERE r.team_id = ${teamId} AND (${id}::text IS NULL OR r.id = ${id})
      AND (${after?.key}::text IS NULL OR (k.key, r.id) > (${after?.key}, ${after?.id}))
    ORDER BY k.key, r.id LIMIT ${count}`;
  const found = await db.appRule.findMany({ where: { id: { in: listed.map((row) => row.id) } } });
  const rows = listed.flatMap(({ id, key }) =>
    found.filter((row) => row.id === id).map((row) => ({ ...row, key })),
  );
  const users = await db.user.findMany({
    where: { id: { in: rows.flatMap((row) => row.changedBy ?? []) } },
    select: { id: true, name: true, email: true },
  });
  return rows.map((row) => ({
    id: row.id,
    key: row.key,
    name: row.name,
    isDefault: row.isDefault,
    rule: toRule(row),
    changedAt: row.changedAt,
    changedBy: users.find((user) => user.id === row.changedBy) ?? null,
  }));
}

/** The Default rules of all teams of a user. */
export async function findRulesOfUser(db: Db, userId: string): Promise<Rule[]> {
  const rows = await db.$queryRaw<DefaultRuleRow[]>`
    SELECT r.enabled, r.trust_days AS "trustDays", r.modes
    FROM memberships m LEFT JOIN app_rules r ON r.team_id = m.team_id AND r.is_default
    WHERE m.user_id = ${userId}`;
  return rows.map(toDefaultRule);
}

/**
 * A ruleset of this team, locked until the transaction ends: of two changes at once the second sees
 * what the first made of it, and the audit rows come in the order of the changes.
 */
export async function lockRule(tx: Db, teamId: string, id: string): Promise<Rule | null> {
  const [row] = await tx.$queryRaw<RuleRow[]>`
    SELECT enabled, trust_days AS "trustDays", modes
    FROM app_rules WHERE id = ${id} AND team_id = ${teamId} FOR UPDATE`;
  return row ? toRule(row) : null;
}

export async function setRule(tx: Db, id: string, rule: Rule, changedBy: string): Promise<void> {
  await tx.$executeRaw`
    UPDATE app_rules SET enabled = ${rule.enabled}, trust_days = ${rule.trustDays},
      modes = ${rule.modes}::jsonb, changed_at = gatehouse_now(), changed_by = ${changedBy}
    WHERE id = ${id}`;
}
