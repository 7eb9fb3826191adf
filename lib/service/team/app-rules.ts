import type { z } from 'zod';
import { GatehouseError, invalidField } from '@/lib/contract/errors';
import { FIRST_PAGE, type Paging } from '@/lib/contract/paging';
import type { AppRule, Page } from '@/lib/contract/resources';
import type { ChangeAppRuleBody } from '@/lib/contract/schemas';
import { env } from '@/lib/platform/env';
import { database } from '@/lib/platform/postgres/database';
import { ACTION_NAMES, type Action, type Mode } from '@/lib/policy/actions';
import {
  changePlannedRule,
  isSamePlan,
  isSwitchedOff,
  isWeakened,
  offUntil,
  type PlannedRule,
} from '@/lib/policy/rule-change';
import { modeOf, type Rule } from '@/lib/policy/rules';
import { act } from '@/lib/service/gate/act';
import type { Actor, TeamOfActor } from '@/lib/service/gate/actor';
import type { GatePass } from '@/lib/service/gate/gate';
import { later } from '@/lib/service/gate/later';
import { ruleWeakenedMail } from '@/lib/service/mail/mail';
import { mailLater } from '@/lib/service/mail/outgoing-mail';
import { pageOf } from '@/lib/service/paging';
import { findRulesOfTeam, lockRule, type StoredRule, setRule } from '@/lib/store/app-rules';
import { findOtherOwners } from '@/lib/store/members';
import { endWhatIsRefused, ruleEvent, writeDuePlan } from './planned-rules';

/** The rulesets of a team, the Default first, with the modes as they take effect. @throws invalid_request */
export function listAppRules(teamId: string, paging: Paging = FIRST_PAGE): Promise<Page<AppRule>> {
  return pageOf(
    {
      name: `app-rules ${teamId}`,
      sortKey: 'text',
      find: (slice) => findRulesOfTeam(database().prisma, teamId, slice),
      positionOf: ({ key, id }) => ({ key, id }),
      present: presentRule,
    },
    paging,
  );
}

/**
 * Changes a ruleset. Switching it off, or for longer, needs a reason; what makes it weaker is told to the other
 * owners; what makes it stricter ends the connections that it would now refuse.
 * @throws not_found, invalid_request
 */
export async function changeAppRule(
  actor: Actor,
  pass: GatePass,
  team: TeamOfActor,
  id: string,
  body: z.infer<typeof ChangeAppRuleBody>,
): Promise<AppRule> {
  requirePossibleTrust(body.ipVerification.trustDays, 'ipVerification.trustDays');
  const reason = body.reason ?? null;
  const changed = await act(actor, pass, async (tx, audit) => {
    const found = await lockRule(tx, team.id, id);
    if (!found) throw noRule();
    const before = await writeDuePlan(tx, found);
    const after = changePlannedRule(before, body.ipVerification, found.now);
    if (isSamePlan(before, after)) return null;
    const isOff = isSwitchedOff(before, after);
    if (isOff && reason === null) throw noReason();
    await setRule(tx, id, after, actor.user.id, isOff ? { reason, by: actor.user.id } : null);
    await endWhatIsRefused(tx, team.id, after.rule);
    await audit({ teamId: team.id, reason, ...ruleEvent(id, before, after) });
    return { before, after };
  });
  if (changed && isWeakened(changed.before, changed.after)) {
    later('telling the owners', () => tellOwners(actor, team, changed, reason));
  }
  const one = { after: null, rows: 1 };
  const [row] = await findRulesOfTeam(database().prisma, team.id, one, id);
  if (!row) throw noRule();
  return presentRule(row);
}

async function tellOwners(
  actor: Actor,
  team: TeamOfActor,
  { before, after }: { before: PlannedRule; after: PlannedRule },
  reason: string | null,
): Promise<void> {
  const owners = await findOtherOwners(database().prisma, team.id, actor.user.id);
  const off = isSwitchedOff(before, after) ? { until: offUntil(after) } : null;
  mailLater(
    ...owners.map(({ email }) =>
      ruleWeakenedMail({
        to: email,
        teamId: team.id,
        teamName: team.name,
        changedBy: actor.user.name,
        at: actor.now,
        off,
        reason,
      }),
    ),
  );
}

/** @throws invalid_request where trust may not last so long here */
export function requirePossibleTrust(trustDays: number | undefined, path: string): void {
  const max = env().trustDaysMax;
  if (trustDays === undefined || trustDays <= max) return;
  throw invalidField(path, `At most ${max}`, `Trust may last at most ${max} days here.`);
}

function noReason(): GatehouseError {
  return invalidField(
    'reason',
    'Required to switch IP Verification off',
    'Say why IP Verification is switched off.',
  );
}

function noRule(): GatehouseError {
  return new GatehouseError('not_found', 'There is no such ruleset in this team.');
}

/** @param row as the store has it */
export function presentRule(row: StoredRule): AppRule {
  return {
    id: row.id,
    name: row.name,
    isDefault: row.isDefault,
    ipVerification: {
      enabled: row.rule.enabled,
      offUntil: offUntil(row)?.toISOString() ?? null,
      offReason: row.off?.reason ?? null,
      offBy: row.off?.by ?? null,
      trustDays: row.rule.trustDays,
      trustDaysMax: env().trustDaysMax,
      actions: effectiveModes(row.rule),
    },
    changedAt: row.changedAt?.toISOString() ?? null,
    changedBy: row.changedBy,
  };
}

function effectiveModes(rule: Rule): Record<Action, Mode> {
  return Object.fromEntries(ACTION_NAMES.map((action) => [action, modeOf(rule, action)])) as Record<
    Action,
    Mode
  >;
}
