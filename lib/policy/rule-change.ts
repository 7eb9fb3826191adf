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

export function isSwitchedOff(before: Rule, after: Rule): boolean {
  return before.enabled && !after.enabled;
}

/**
 * Whether a change lets through what was refused before, so that the other owners should hear of it:
 * switched off, a milder mode, or longer trust.
 */
export function isWeakened(before: Rule, after: Rule): boolean {
  return (
    isSwitchedOff(before, after) ||
    after.trustDays > before.trustDays ||
    TEAM_ACTIONS.some(
      (action) => MODES.indexOf(after.modes[action]) > MODES.indexOf(before.modes[action]),
    )
  );
}
