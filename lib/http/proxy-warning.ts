import type { createRareWarning } from '@/lib/platform/rare-log';
import {
  explainContradiction,
  explainUnknown,
  type ShownSettings,
} from '@/lib/policy/address-warnings';
import type { ClientAddress } from '@/lib/policy/client-address';

/** The log cuts long texts, and the setting to write stands at the end of its line. */
const LONGEST_LIST = 80;

/**
 * Says why addresses are unknown, once for each reason, and that a proxy seems to stand before the
 * listed one: with the cure that the addresses page has.
 */
export function createAddressWarning(
  { trustedProxies, isSecure }: ShownSettings,
  warnRarely: ReturnType<typeof createRareWarning>,
): (client: ClientAddress) => void {
  const list = trustedProxies.length > LONGEST_LIST ? '<the present list>' : trustedProxies;
  return (client) => {
    if (client.reason !== null) {
      warnRarely(client.reason, () => explainUnknown(client, { trustedProxies: list, isSecure }));
    } else if (client.contradictedBy) {
      warnRarely('contradicted', () => explainContradiction(client, list));
    }
  };
}
