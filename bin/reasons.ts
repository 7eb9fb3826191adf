import type { EndingKind } from '@/lib/client/attempt';
import type { ConnectionEndReason, ConnectionState } from '@/lib/policy/connection-state';

/** Why a connection is over, in words that finish a sentence. */
const REASONS: Record<ConnectionState | ConnectionEndReason | EndingKind, string> = {
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
  left: 'they left',
  not_verified: 'the network was not verified',
  unreachable: 'no way from one end to the other was found in time',
  lost: 'the connection was lost',
  unseen: 'it ended while the server was away',
  unsupported: 'WebRTC fails on this computer',
};

/** What a later version may name is told by its name. */
export function describeReason(reason: string): string {
  return Object.hasOwn(REASONS, reason)
    ? REASONS[reason as keyof typeof REASONS]
    : reason.replaceAll('_', ' ');
}
