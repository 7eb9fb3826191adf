/** A day of trust is 24 hours, whatever the clocks of a place do: 90 days are 2,160 hours. */
export const DAY_MS = 24 * 60 * 60 * 1000;

/** How many networks one user may have trusted at once; the longest unused goes first. */
export const MAX_VERIFIED_IPS = 50;

export type Trust = { verifiedAt: Date; revokedAt: Date | null };

export const TRUST_STATES = ['trusted', 'expired', 'revoked'] as const;
export type TrustState = (typeof TRUST_STATES)[number];

/** How a network stands that members of a team were on: some have it trusted, none has any more, none ever had. */
export const SEEN_NETWORK_STATES = ['trusted', 'ended', 'never_verified'] as const;
export type SeenNetworkState = (typeof SEEN_NETWORK_STATES)[number];

/** @param trusted @param verified how many have it trusted, and how many have verified it, trusted or not */
export function seenNetworkState(trusted: number, verified: number): SeenNetworkState {
  if (trusted > 0) return 'trusted';
  return verified > 0 ? 'ended' : 'never_verified';
}

/** The instant at which trust ends: from then on it is expired. */
export function trustedUntil(verifiedAt: Date, trustDays: number): Date {
  return new Date(verifiedAt.getTime() + trustDays * DAY_MS);
}

/**
 * The state of a recorded network at `now`. Use never extends it. What was written under another clock,
 * and is still to come, says nothing: it has to be verified again.
 */
export function trustState(trust: Trust, trustDays: number, now: Date): TrustState {
  if (trust.revokedAt) return 'revoked';
  const stands = trust.verifiedAt <= now && now < trustedUntil(trust.verifiedAt, trustDays);
  return stands ? 'trusted' : 'expired';
}
