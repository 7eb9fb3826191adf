import type { SsoResult } from '@/lib/store/sso/flows';

/** What is kept of a provider's claims, to be shown by a test: more would only fill the database. */
const CLAIMS_BYTES_MAX = 16 * 1_024;

/**
 * Claims as they are shown. Nothing hangs on them: what decides was read from all of them before. So a person
 * in 500 groups signs in like anybody, and the longest are left out here.
 */
export function shownClaims(claims: SsoResult['claims']): SsoResult['claims'] {
  const sizes = Object.entries(claims)
    .map(([name, value]) => ({ name, value, bytes: JSON.stringify([name, value]).length }))
    .sort((one, other) => one.bytes - other.bytes);
  let bytes = 0;
  const isShown = (claim: { bytes: number }) => {
    bytes += claim.bytes;
    return bytes <= CLAIMS_BYTES_MAX;
  };
  const shown = sizes.filter(isShown);
  if (shown.length === sizes.length) return claims;
  const left = sizes.slice(shown.length, shown.length + 20).map(({ name }) => name.slice(0, 100));
  return {
    ...Object.fromEntries(shown.map(({ name, value }) => [name, value])),
    '(left out, too long to be shown)': left,
  };
}
