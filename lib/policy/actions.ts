/** What the gate guards. Closed: a new action must be placed in every table that lists them. */
export const ACTIONS = [
  'computer.connect',
  'friend.add',
  'team.manage',
  'account.manage',
  'api.read',
] as const;
export type Action = (typeof ACTIONS)[number];

/** The actions whose mode a team sets on its App Rules page. The others follow from these. */
export const TEAM_ACTIONS = ['computer.connect', 'friend.add'] as const satisfies Action[];
export type TeamAction = (typeof TEAM_ACTIONS)[number];

/** Strictest first: `enforce` refuses, `monitor` lets through and records, `off` lets through. */
export const MODES = ['enforce', 'monitor', 'off'] as const;
export type Mode = (typeof MODES)[number];
