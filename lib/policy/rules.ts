import { ACTIONS, type Action, MODES, type Mode, TEAM_ACTIONS, type TeamAction } from './actions';

/** One ruleset of a team. */
export type Rule = {
  /** IP Verification itself, the switch above all modes. */
  enabled: boolean;
  /** How long a verified network is trusted, in days of 24 hours. */
  trustDays: number;
  modes: Record<TeamAction, Mode>;
};

/** What a new team has, and what decides for a user without a team. */
export const DEFAULT_RULE: Rule = {
  enabled: true,
  trustDays: 90,
  modes: readModes({}),
};

/** The mode and trust period that decide one action. */
export type EffectiveRule = { mode: Mode; trustDays: number };

/** A ruleset given to a user overrides the team's Default; a computer's overrides a user's. */
export function effectiveRule(rules: { default: Rule; user?: Rule; computer?: Rule }): Rule {
  return rules.computer ?? rules.user ?? rules.default;
}

/** The mode of an action under one rule. */
export function modeOf(rule: Rule, action: Action): Mode {
  if (!rule.enabled) return 'off';
  const { setBy, mode } = ACTIONS[action];
  switch (setBy) {
    case 'ruleset':
      return rule.modes[action as TeamAction];
    case 'others':
      return Object.values(rule.modes).includes('enforce') ? 'enforce' : mode;
    case 'nobody':
      return mode;
  }
}

/**
 * The modes of a ruleset as they are kept, by action. One that is missing is as a team starts with it; one
 * that nobody knows is enforced.
 */
export function readModes(kept: Readonly<Record<string, unknown>>): Rule['modes'] {
  const entries = TEAM_ACTIONS.map((action) => {
    const mode = Object.hasOwn(kept, action) ? kept[action] : ACTIONS[action].mode;
    return [action, MODES.find((known) => known === mode) ?? 'enforce'];
  });
  return Object.fromEntries(entries);
}

/**
 * The rule of a user in several teams, for actions that belong to no team: the strictest mode and the
 * shortest trust of the teams that have this mode. Without a team, the defaults.
 */
export function strictestRule(rules: readonly Rule[], action: Action): EffectiveRule {
  const candidates = (rules.length > 0 ? rules : [DEFAULT_RULE]).map((rule) => ({
    mode: modeOf(rule, action),
    trustDays: rule.trustDays,
  }));
  const mode = MODES.find((m) => candidates.some((c) => c.mode === m)) ?? 'enforce';
  const trustDays = Math.min(...candidates.filter((c) => c.mode === mode).map((c) => c.trustDays));
  return { mode, trustDays };
}

/** Whether a user is asked for a proof anywhere, on a network that is not verified: not where all of the teams have it off. */
export function asksForProof(teams: readonly { ipVerificationEnabled: boolean }[]): boolean {
  return teams.length === 0 || teams.some(({ ipVerificationEnabled }) => ipVerificationEnabled);
}

/** The rule of one team for one action, for actions on something that belongs to that team. */
export function ruleOf(rule: Rule, action: Action): EffectiveRule {
  return { mode: modeOf(rule, action), trustDays: rule.trustDays };
}
