import type { Db } from '@/lib/platform/database';
import type { Rule } from '@/lib/policy/rules';
import { toRule } from './users';

export type StoredRule = {
  id: string;
  name: string;
  isDefault: boolean;
  rule: Rule;
  changedAt: Date | null;
  changedBy: { id: string; name: string; email: string } | null;
};

/** The rulesets of a team, the Default first. */
export async function findRulesOfTeam(db: Db, teamId: string): Promise<StoredRule[]> {
  const rows = await db.appRule.findMany({
    where: { teamId },
    orderBy: [{ isDefault: 'desc' }, { name: 'asc' }, { id: 'asc' }],
  });
  const users = await db.user.findMany({
    where: { id: { in: rows.flatMap((row) => row.changedBy ?? []) } },
    select: { id: true, name: true, email: true },
  });
  return rows.map((row) => ({
    id: row.id,
    name: row.name,
    isDefault: row.isDefault,
    rule: toRule(row),
    changedAt: row.changedAt,
    changedBy: users.find((user) => user.id === row.changedBy) ?? null,
  }));
}

/**
 * A ruleset of this team, locked until the transaction ends: of two changes at once the second sees
 * what the first made of it, and the audit rows come in the order of the changes.
 */
export async function lockRule(tx: Db, teamId: string, id: string): Promise<Rule | null> {
  const [row] = await tx.$queryRaw<Parameters<typeof toRule>[0][]>`
    SELECT enabled, trust_days AS "trustDays", computer_connect::text AS "computerConnect",
      friend_add::text AS "friendAdd"
    FROM app_rules WHERE id = ${id} AND team_id = ${teamId} FOR UPDATE`;
  return row ? toRule(row) : null;
}

export async function setRule(tx: Db, id: string, rule: Rule, changedBy: string): Promise<void> {
  await tx.$executeRaw`
    UPDATE app_rules SET enabled = ${rule.enabled}, trust_days = ${rule.trustDays},
      computer_connect = ${rule.modes['computer.connect']}::action_mode,
      friend_add = ${rule.modes['friend.add']}::action_mode,
      changed_at = gatehouse_now(), changed_by = ${changedBy}
    WHERE id = ${id}`;
}
