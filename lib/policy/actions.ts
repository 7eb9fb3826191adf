/** Strictest first: `enforce` refuses, `monitor` lets through and records, `off` lets through. */
export const MODES = ['enforce', 'monitor', 'off'] as const;
export type Mode = (typeof MODES)[number];

/**
 * `ruleset`: a team sets its mode on the App Rules page; `mode` is what it starts with. `others`: enforced
 * while an action of a ruleset is, else `mode`. `nobody`: always `mode`.
 */
type ActionRow = { setBy: 'ruleset' | 'others' | 'nobody'; mode: Mode };

const ROWS = {
  'computer.connect': { setBy: 'ruleset', mode: 'enforce' },
  'friend.add': { setBy: 'ruleset', mode: 'enforce' },
  // Else a stolen owner's token switches the gate off and then walks in.
  'team.manage': { setBy: 'others', mode: 'monitor' },
  'account.manage': { setBy: 'others', mode: 'monitor' },
  // By it one finds out that one is asked, and gets out.
  'api.read': { setBy: 'nobody', mode: 'monitor' },
} as const satisfies Record<string, ActionRow>;

export type Action = keyof typeof ROWS;
export type TeamAction = {
  [A in Action]: (typeof ROWS)[A]['setBy'] extends 'ruleset' ? A : never;
}[Action];

/** What the gate guards, each action in its row: here alone, and in the words for it. */
export const ACTIONS: Readonly<Record<Action, ActionRow>> = ROWS;
export const ACTION_NAMES = Object.keys(ACTIONS) as Action[];
/** Those whose mode a team sets. */
export const TEAM_ACTIONS = ACTION_NAMES.filter(
  (action): action is TeamAction => ACTIONS[action].setBy === 'ruleset',
);
