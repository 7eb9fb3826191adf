/** How old the last full authentication may be for a security setting. */
export const FRESH_MINUTES = 15;

export type Freshness = {
  now: Date;
  network: string | null;
  authenticatedAt: Date;
  authenticatedNetwork: string | null;
};

/**
 * Whether a session may change a security setting: authenticated at most 15 minutes ago, and on the
 * network that asks. The thief with an owner's fresh token is on another one.
 */
export function isFresh({
  now,
  network,
  authenticatedAt,
  authenticatedNetwork,
}: Freshness): boolean {
  const ageMs = now.getTime() - authenticatedAt.getTime();
  return (
    network !== null &&
    network === authenticatedNetwork &&
    ageMs >= 0 &&
    ageMs <= FRESH_MINUTES * 60 * 1000
  );
}
