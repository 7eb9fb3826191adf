import { explainContradiction, explainUnknown } from '@/lib/policy/address-warnings';
import type { ClientAddress } from '@/lib/policy/client-address';

const QUIET_MS = 10 * 60 * 1_000;

/**
 * Says a thing at most once in ten minutes: every request of a wrong set-up gives cause for the same
 * line, and so can any caller who wants to fill the log.
 *
 * @param nowMs a clock that never goes back
 * @returns what says it; the keys must be few, and none of a caller's choice
 */
export function createRareWarning(
  warn: (sentence: string) => void,
  nowMs: () => number = () => performance.now(),
): (key: string, sentence: () => string) => void {
  const quietUntilMs = new Map<string, number>();
  return (key, sentence) => {
    if (nowMs() < (quietUntilMs.get(key) ?? Number.NEGATIVE_INFINITY)) return;
    quietUntilMs.set(key, nowMs() + QUIET_MS);
    warn(sentence());
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
  return (client) => {
    const { reason } = client;
    if (reason !== null) {
      warnRarely(reason, () => say(explainUnknown(client, trustedProxies)));
    } else if (client.contradictedBy) {
      warnRarely('contradicted', () => say(explainContradiction(client, trustedProxies)));
    }
  };
}

const say = (words: { message: string; cure: string } | null) =>
  words === null ? '' : `${words.message} ${words.cure}`;
