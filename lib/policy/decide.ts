import type { Mode } from './actions';
import type { EffectiveRule } from './rules';
import { type Trust, trustState } from './trust';

/**
 * The gate. A thief has the token of a user and uses it from an address of his own: everything about
 * the request is right but the network. So the network alone decides, and only what a full
 * authentication recorded for this user counts.
 */

/** Why the gate decided as it did. `true`: the network is trusted. A new finding must be placed here. */
export const FINDINGS = {
  trusted: true,
  unknown: false,
  expired: false,
  revoked: false,
  'clock-disagrees': false,
  'no-client-address': false,
} as const satisfies Record<string, boolean>;
export type Finding = keyof typeof FINDINGS;

export type GateFacts = {
  /** The database's time, read with the facts. */
  now: Date;
  /** The network this request comes from; null when it can't be established. */
  network: string | null;
  /** What is recorded for this user and this network. */
  trust: Trust | null;
  rule: EffectiveRule;
};

export type Decision = { verdict: 'challenge' | 'allow'; finding: Finding; mode: Mode };

/** Decides one action. Pure: the same facts give the same decision on every instance. */
export function decide(facts: GateFacts): Decision {
  const finding = find(facts);
  const { mode } = facts.rule;
  return {
    verdict: FINDINGS[finding] || mode !== 'enforce' ? 'allow' : 'challenge',
    finding,
    mode,
  };
}

/** The order of these lines is the policy. */
function find({ now, network, trust, rule }: GateFacts): Finding {
  if (network === null) return 'no-client-address';
  if (trust === null) return 'unknown';
  const state = trustState(trust, rule.trustDays, now);
  if (state === 'revoked') return 'revoked';
  // A record from the future was written under another clock: nothing follows from it.
  if (trust.verifiedAt > now) return 'clock-disagrees';
  return state;
}

/** Whether the action was let through only because its mode does not enforce. */
export function isWouldBeBlocked(decision: Decision): boolean {
  return decision.mode === 'monitor' && !FINDINGS[decision.finding];
}
