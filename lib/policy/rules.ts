import { type Action, MODES, type Mode, type TeamAction } from './actions';

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
  modes: { 'computer.connect': 'enforce', 'friend.add': 'enforce' },
};

/** The mode and trust period that decide one action. */
export type EffectiveRule = { mode: Mode; trustDays: number };

/** A ruleset given to a user overrides the team's Default; a computer's overrides a user's. */
export function effectiveRule(rules: { default: Rule; user?: Rule; computer?: Rule }): Rule {
  return rules.computer ?? rules.user ?? rules.default;
}

/**
 * The mode of an action under one rule. Managing the team and the account is enforced while anything
 * is: else a stolen owner's token switches the gate off and then walks in.
 */
export function modeOf(rule: Rule, action: Action): Mode {
  if (!rule.enabled) return 'off';
  switch (action) {
    case 'computer.connect':
    case 'friend.add':
      return rule.modes[action];
    case 'team.manage':
    case 'account.manage':
      return Object.values(rule.modes).includes('enforce') ? 'enforce' : 'monitor';
    case 'api.read':
      return 'monitor';
  }
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

/** The rule of one team for one action, for actions on something that belongs to that team. */
export function ruleOf(rule: Rule, action: Action): EffectiveRule {
  return { mode: modeOf(rule, action), trustDays: rule.trustDays };
}
