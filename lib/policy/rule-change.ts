import { MODES, TEAM_ACTIONS, type TeamAction } from './actions';
import { type Rule, readModes } from './rules';

/** The part of a ruleset that somebody wants to be otherwise. */
export type RuleChange = {
  enabled?: boolean | undefined;
  trustDays?: number | undefined;
  actions?: { [A in TeamAction]?: Rule['modes'][A] | undefined } | undefined;
};

/** A new ruleset; what the change does not name stays. */
export function changeRule(rule: Rule, change: RuleChange): Rule {
  return {
    enabled: change.enabled ?? rule.enabled,
    trustDays: change.trustDays ?? rule.trustDays,
    modes: readModes({ ...rule.modes, ...named(change.actions ?? {}) }),
  };
}

/** What a caller left undefined is not named. */
const named = (actions: object) =>
  Object.fromEntries(Object.entries(actions).filter(([, mode]) => mode !== undefined));

export function isSameRule(a: Rule, b: Rule): boolean {
  return (
    a.enabled === b.enabled &&
    a.trustDays === b.trustDays &&
    TEAM_ACTIONS.every((action) => a.modes[action] === b.modes[action])
  );
}

/** A change of a ruleset that comes about by itself at an instant. */
export type PlannedChange = { startsAt: Date; settings: RuleChange };

/** A ruleset, and what is to become of it. */
export type PlannedRule = { rule: Rule; planned: PlannedChange | null };

const HOUR_MS = 3_600_000;

/**
 * A new ruleset with its plan. Switched off for some hours, it is on again after them; switched on, or off
 * without an end, nothing is planned any more. Any other change leaves the plan as it is.
 */
export function changePlannedRule(
  { rule, planned }: PlannedRule,
  /** `offHours` with `enabled: false` alone. */
  change: RuleChange & { offHours?: number | undefined },
  now: Date,
): PlannedRule {
  const { enabled, offHours } = change;
  const comesBack: PlannedChange | null =
    offHours === undefined
      ? null
      : { startsAt: new Date(now.getTime() + offHours * HOUR_MS), settings: { enabled: true } };
  return { rule: changeRule(rule, change), planned: enabled === undefined ? planned : comesBack };
}

/** What has become of a ruleset by an instant. */
export function unfoldPlan({ rule, planned }: PlannedRule, now: Date): PlannedRule {
  if (planned === null || planned.startsAt > now) return { rule, planned };
  return { rule: changeRule(rule, planned.settings), planned: null };
}

/** When IP Verification is on again by itself; null where it is on, or stays off until somebody switches it on. */
export function offUntil({ rule, planned }: PlannedRule): Date | null {
  return !rule.enabled && planned?.settings.enabled ? planned.startsAt : null;
}

/** Whether nothing is otherwise, now or later. */
export function isSamePlan(a: PlannedRule, b: PlannedRule): boolean {
  return (
    isSameRule(a.rule, b.rule) && a.planned?.startsAt.getTime() === b.planned?.startsAt.getTime()
  );
}

/** Whether IP Verification is off from now on, or for longer than it was to be. */
export function isSwitchedOff(before: PlannedRule, after: PlannedRule): boolean {
  return offEndMs(after) > offEndMs(before);
}

function offEndMs(planned: PlannedRule): number {
  if (planned.rule.enabled) return Number.NEGATIVE_INFINITY;
  return offUntil(planned)?.getTime() ?? Number.POSITIVE_INFINITY;
}

/**
 * Whether a change lets through what was refused before, so that the other owners should hear of it:
 * switched off, a milder mode, or longer trust.
 */
export function isWeakened(before: PlannedRule, after: PlannedRule): boolean {
  return (
    isSwitchedOff(before, after) ||
    after.rule.trustDays > before.rule.trustDays ||
    TEAM_ACTIONS.some(
      (action) =>
        MODES.indexOf(after.rule.modes[action]) > MODES.indexOf(before.rule.modes[action]),
    )
  );
}
