import {
  CONNECTION_STATES,
  type ConnectionEndReason,
  type ConnectionState,
} from '@/lib/policy/connection-state';

/** Why a connection is over, in words that finish a sentence. */
export const REASONS: Record<ConnectionState | ConnectionEndReason, string> = {
  waiting_for_host: 'the computer has not answered yet',
  accepted: 'the computer accepted',
  declined: 'the computer declined',
  expired: 'the computer did not answer in time',
  cancelled: 'the request was withdrawn',
  closed: 'closed from the other end',
  revoked: 'access was revoked',
  network_revoked: 'the network is no longer trusted',
  trust_expired: 'the trust in the network has run out',
  rule_changed: 'the team’s rules changed',
  session_ended: 'the user was signed out',
  access_removed: 'the user may no longer connect to this computer',
  key_rotated: 'the computer’s key was replaced',
  computer_not_allowed: 'the computer is on a network from which its key may not be used',
  computer_gone: 'the computer went away',
};

/** Whether what allowed the connection is gone. What a later version may name is such a reason too. */
export function isRevocation(reason: string): boolean {
  const isEnd = (CONNECTION_STATES as readonly string[]).includes(reason) && reason !== 'revoked';
  return !isEnd && reason !== 'computer_gone';
}

export function describeReason(reason: string): string {
  return Object.hasOwn(REASONS, reason)
    ? REASONS[reason as keyof typeof REASONS]
    : reason.replaceAll('_', ' ');
}
