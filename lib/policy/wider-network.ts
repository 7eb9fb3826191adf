import { networkOf, parseNetwork } from './networks';

/** The /48 round an IPv6 network; null for IPv4. Who has one /64 often has the 65,536 of a /48. */
export function widerNetwork(network: string): string | null {
  const parsed = parseNetwork(network);
  if ('error' in parsed || parsed.base.family === 4) return null;
  return networkOf(parsed.base, 48);
}
