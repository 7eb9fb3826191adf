import { parseNetwork } from './networks';

export const HOST_NETWORKS_MAX = 50;

/** A range wider than this is a part of the Internet: that is said as "anywhere". */
const WIDEST_BITS = { 4: 8, 6: 16 } as const;

export type HostNetworkError = { readonly index: number; readonly message: string };

/**
 * Reads the networks from which a computer's host key may be used.
 *
 * @returns their canonical texts, each once; or what is wrong with which
 */
export function parseHostNetworks(
  texts: readonly string[],
): { readonly networks: string[] } | { readonly errors: HostNetworkError[] } {
  const networks = new Set<string>();
  const errors: HostNetworkError[] = [];
  for (const [index, text] of texts.entries()) {
    const network = parseNetwork(text.trim());
    if ('error' in network) errors.push({ index, message: network.error });
    else if (network.bits < WIDEST_BITS[network.base.family]) {
      const widest = WIDEST_BITS[network.base.family];
      errors.push({
        index,
        message: `${network.text} is wider than /${widest}: name the networks that you mean, or leave all out for “anywhere”`,
      });
    } else networks.add(network.text);
  }
  return errors.length > 0 ? { errors } : { networks: [...networks] };
}
