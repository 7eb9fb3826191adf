import { explainContradiction, explainUnknown } from '@/lib/policy/address-warnings';
import type { ClientAddress } from '@/lib/policy/client-address';

const QUIET_MS = 10 * 60 * 1_000;

/** What is wrong, and what to write. */
type Words = { message: string; cure: string };

/** The log cuts long texts, and the setting to write stands at the end of its line. */
const LONGEST_LIST = 80;

/**
 * Says a thing at most once in ten minutes: every request of a wrong set-up gives cause for the same
 * line, and so can any caller who wants to fill the log.
 *
 * @param nowMs a clock that never goes back
 * @returns what says it; the keys must be few, and none of a caller's choice
 */
export function createRareWarning(
  warn: (words: Words) => void,
  nowMs: () => number = () => performance.now(),
): (key: string, findWords: () => Words | null) => void {
  const quietUntilMs = new Map<string, number>();
  return (key, findWords) => {
    if (nowMs() < (quietUntilMs.get(key) ?? Number.NEGATIVE_INFINITY)) return;
    quietUntilMs.set(key, nowMs() + QUIET_MS);
    const words = findWords();
    if (words) warn(words);
  };
}

/**
 * Says why addresses are unknown, once for each reason, and that a proxy seems to stand before the
 * listed one: with the cure that the addresses page has.
 *
 * @param trustedProxies the setting as it is
 */
export function createAddressWarning(
  trustedProxies: string,
  warnRarely: ReturnType<typeof createRareWarning>,
): (client: ClientAddress) => void {
  const list = trustedProxies.length > LONGEST_LIST ? '<the present list>' : trustedProxies;
  return (client) => {
    if (client.reason !== null) warnRarely(client.reason, () => explainUnknown(client, list));
    else if (client.contradictedBy) {
      warnRarely('contradicted', () => explainContradiction(client, list));
    }
  };
}
