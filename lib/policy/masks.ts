import { decide, type GateFacts } from './decide';
import { isInNetwork, parseAddress, parseNetwork } from './networks';
import { type Rule, strictestRule } from './rules';

/**
 * The attack: a thief with a stolen token, refused on his own network, asks which networks would do. So
 * who asks from a network that is not trusted is shown no other.
 *
 * Nothing of an address is kept but its family. Its first half names a provider and a city; even the first
 * byte may name a company (17.0.0.0/8) or a carrier (73.0.0.0/8), and with it the exits to try. One's own
 * networks are told apart by when and how they were verified and used, and they are one prompt away.
 */

/** What stands in an address's or a network's place. It reads as neither. */
export const MASKS = { 4: '*.*.*.*', 6: '*:*' } as const;

/** Whose request it is, and what his teams ask of him. */
export type Viewer = Omit<GateFacts, 'rule'> & { rules: readonly Rule[] };

/**
 * Whether who asks may not see networks: just where he may not manage his account. Where no team of his
 * enforces anything, a token works from anywhere, and there is nothing to hide.
 */
export function isMasked({ rules, ...facts }: Viewer): boolean {
  const rule = strictestRule(rules, 'account.manage');
  return decide({ ...facts, rule }).verdict === 'challenge';
}

/** Four parts, or groups with two colons at least; with a prefix length or without. */
const ADDRESS_LIKE =
  /(?<![0-9A-Fa-f:.])(?:[0-9A-Fa-f]{0,4}:){2,7}(?:[0-9]{1,3}(?:\.[0-9]{1,3}){3}|[0-9A-Fa-f]{0,4})(?:\/[0-9]{1,3})?(?!:?[0-9A-Fa-f])|(?<![0-9.])[0-9]{1,3}(?:\.[0-9]{1,3}){3}(?:\/[0-9]{1,3})?(?!\.?[0-9])/g;

/**
 * Masks every address and network in a text, but for those inside one network.
 * @param own the network that the request comes from; null: unknown
 */
export function maskText(text: string, own: string | null): string {
  return text.replace(ADDRESS_LIKE, (found) => {
    // The colon of a sentence is none of the address.
    const end = /[^:]:$/.test(found) ? ':' : '';
    const like = found.slice(0, found.length - end.length);
    const [base = '', bits] = like.split('/');
    const address = parseAddress(base);
    if (!address) return found;
    return isInside(base, bits, own) ? found : MASKS[address.family] + end;
  });
}

function isInside(base: string, bits: string | undefined, own: string | null): boolean {
  const network = own === null ? null : parseNetwork(own);
  const address = parseAddress(base);
  if (!address || !network || 'error' in network || !isInNetwork(address, network)) return false;
  return bits === undefined || Number(bits) >= network.bits;
}

/** The same for every text in a value that JSON can hold. What holds none is given back as it is. */
export function maskValue<T>(value: T, own: string | null): T {
  if (typeof value === 'string') return maskText(value, own) as T;
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value);
  const masked = entries.map(([key, inner]) => [key, maskValue(inner, own)] as const);
  if (masked.every(([, inner], index) => inner === entries[index]?.[1])) return value;
  return (
    Array.isArray(value) ? masked.map(([, inner]) => inner) : Object.fromEntries(masked)
  ) as T;
}
