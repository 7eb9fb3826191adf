/** The states of a connection to a Team Computer. */
export const CONNECTION_STATES = [
  'waiting_for_host',
  'accepted',
  'declined',
  'expired',
  'cancelled',
  'closed',
  'revoked',
] as const;
export type ConnectionState = (typeof CONNECTION_STATES)[number];

/** Why a connection was revoked, or ended by nobody's wish. */
export const CONNECTION_END_REASONS = [
  'network_revoked',
  'rule_changed',
  /** The trust in the network that it came from has run out. */
  'trust_expired',
  'session_ended',
  'access_removed',
  'key_rotated',
  /** The computer's key is used from a network from which it may not be any more. */
  'computer_not_allowed',
  /** The computer went away and did not come back. */
  'computer_gone',
] as const;
export type ConnectionEndReason = (typeof CONNECTION_END_REASONS)[number];

/** How many offers of one session may wait for an answer. */
export const WAITING_OFFERS_MAX = 50;

/** How many offers one user may make within a minute, over all sessions. */
export const OFFERS_A_MINUTE = 60;

/** How long a connection waits for its host. */
export const CONNECTION_WAIT_SECONDS = 60;

const NEXT: Record<ConnectionState, readonly ConnectionState[]> = {
  waiting_for_host: ['accepted', 'declined', 'expired', 'cancelled', 'revoked'],
  accepted: ['closed', 'revoked'],
  declined: [],
  expired: [],
  cancelled: [],
  closed: [],
  revoked: [],
};

export function canBecome(from: ConnectionState, to: ConnectionState): boolean {
  return NEXT[from].includes(to);
}

export function isLive(state: ConnectionState): boolean {
  return NEXT[state].length > 0;
}

/** The state at `now`: one that nobody answered in time is expired, whether or not anybody wrote it down. */
export function stateAt(state: ConnectionState, expiresAt: Date, now: Date): ConnectionState {
  return state === 'waiting_for_host' && now >= expiresAt ? 'expired' : state;
}

/** What its user's wish to end it makes of a connection; null when it has ended already. */
export function endedBy(state: ConnectionState): 'cancelled' | 'closed' | null {
  if (state === 'waiting_for_host') return 'cancelled';
  return state === 'accepted' ? 'closed' : null;
}
