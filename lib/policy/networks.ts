/**
 * The attack: two spellings of one address, or one spelling that two readers take for different
 * addresses. `012.1.2.3` is 10.1.2.3 to one library and 12.1.2.3 to PostgreSQL; `::ffff:1.2.3.4` cut
 * to its /64 would put all of IPv4 into one network. So one strict reader stands at the edge, it
 * knows a single text for each address, and what it doesn't know is no address.
 */

/**
 * One address. Never IPv4-mapped and never in the NAT64 well-known prefix: those are the IPv4 address
 * inside. `text` is canonical (RFC 5952) and is what PostgreSQL's `inet` prints for it.
 */
export type IpAddress = {
  readonly family: 4 | 6;
  /** 4 or 16 bytes, in network order. */
  readonly bytes: readonly number[];
  readonly text: string;
};

/** An address range: `bits` leading bits of `base` count, the rest of `base` is zero. */
export type IpNetwork = { readonly base: IpAddress; readonly bits: number; readonly text: string };

/**
 * What an address may stand for. `public` may always be a client; `loopback` and `private` (with
 * carrier-grade NAT and unique-local) only where the operator says so; the rest never.
 */
export type AddressClass = 'public' | 'private' | 'loopback' | 'not_a_client_address';

/** Whose forwarding header is believed. The empty matcher believes nobody. */
export type ProxyMatcher = {
  readonly has: (address: IpAddress) => boolean;
  /** Whether it lies in a listed range of public addresses, as a CDN has. */
  readonly hasInPublicRange: (address: IpAddress) => boolean;
  /** The ranges of private addresses that are so wide that they hold more than proxies. */
  readonly widePrivateRanges: readonly string[];
  /** Whether a peer on a Unix socket is one of them. */
  readonly unix: boolean;
};

/** A sentence for the operator, naming the entry and the cure. */
export type ProxyListError = { readonly error: string };

const decimalByte = '(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])';
const ipv4Pattern = new RegExp(`^${decimalByte}(?:\\.${decimalByte}){3}$`);
const ipv6GroupPattern = /^[0-9a-fA-F]{1,4}$/;
/** The longest spelling: eight full groups, the last two dotted. */
const LONGEST_TEXT = 45;

/**
 * Reads the text of one address, strictly: four decimal parts without leading zeros, or RFC 4291
 * section 2.2. No blanks, brackets, ports, zones or prefix lengths.
 *
 * @returns the address, unwrapped from IPv4-mapped (`::ffff:0:0/96`) and NAT64 (`64:ff9b::/96`, RFC
 *   6052) form; null for anything else
 */
export function parseAddress(text: string): IpAddress | null {
  if (text.length > LONGEST_TEXT) return null;
  if (ipv4Pattern.test(text)) return { family: 4, bytes: text.split('.').map(Number), text };
  const groups = parseIpv6Groups(text);
  return groups && fromBytes(groups.flatMap((group) => [group >> 8, group & 0xff]));
}

/**
 * What this address may stand for. Documentation ranges count as public: nobody has them, and
 * examples and tests may use them.
 */
export function classifyAddress(address: IpAddress): AddressClass {
  return RANGES.find(([network]) => isInNetwork(address, network))?.[1] ?? 'not_a_client_address';
}

/**
 * The network that trust is kept for: an IPv4 address is its own (`203.0.113.7/32`), an IPv6 address
 * stands for its first `ipv6PrefixBits` bits (`2001:db8:1:2::/64`).
 *
 * @param ipv6PrefixBits 48 to 128
 */
export function networkOf(address: IpAddress, ipv6PrefixBits: number): string {
  if (address.family === 4) return `${address.text}/32`;
  return `${printIpv6(maskBytes(address.bytes, ipv6PrefixBits))}/${ipv6PrefixBits}`;
}

/**
 * Reads an address or a CIDR (`10.0.0.0/8`, `fd00::/8`). Bits set after the prefix are refused: who
 * writes `10.0.0.1/8` meant either the host or the range, and we can't know which.
 */
export function parseNetwork(text: string): IpNetwork | { readonly error: string } {
  const [addressText = '', bitsText, ...rest] = text.split('/');
  const base = parseAddress(addressText);
  if (!base || rest.length > 0) return { error: `“${shorten(text)}” is not an address or a CIDR` };

  const width = base.bytes.length * 8;
  if (bitsText === undefined) return { base, bits: width, text: `${base.text}/${width}` };

  // A prefix written for the mapped form counts 96 bits that are gone after unwrapping.
  const unwrapped = base.family === 4 && addressText.includes(':');
  const bits = /^(?:0|[1-9][0-9]{0,2})$/.test(bitsText)
    ? Number(bitsText) - (unwrapped ? 96 : 0)
    : Number.NaN;
  if (!(bits >= 0 && bits <= width)) {
    return { error: `“${shorten(text)}” has no valid prefix length (0 to ${width})` };
  }
  const masked = printBytes(maskBytes(base.bytes, bits));
  if (masked !== base.text) {
    return {
      error: `“${shorten(text)}” has bits set after its prefix: write ${masked}/${bits} for the range, or ${base.text} for the one address`,
    };
  }
  return { base, bits, text: `${base.text}/${bits}` };
}

/** A network that the code itself names. */
export function networkFrom(cidr: string): IpNetwork {
  const network = parseNetwork(cidr);
  if ('error' in network) throw new Error(network.error);
  return network;
}

/** Whether all of one network lies in another; both as text. What is no network lies in none. */
export function isWithin(inner: string, outer: string): boolean {
  const [one, other] = [parseNetwork(inner), parseNetwork(outer)];
  if ('error' in one || 'error' in other) return false;
  return one.bits >= other.bits && isInNetwork(one.base, other);
}

/** Whether the address lies in the network. IPv4 never lies in an IPv6 network, nor the reverse. */
export function isInNetwork(address: IpAddress, network: IpNetwork): boolean {
  if (address.family !== network.base.family) return false;
  let bitsLeft = network.bits;
  for (let index = 0; bitsLeft > 0; index += 1, bitsLeft -= 8) {
    const difference = (address.bytes[index] ?? 0) ^ (network.base.bytes[index] ?? 0);
    if (difference >> Math.max(0, 8 - bitsLeft) !== 0) return false;
  }
  return true;
}

/** Below these prefix lengths a range names no proxy but a part of the Internet. */
const WIDEST_TRUSTED_BITS = { 4: 8, 6: 7 } as const;
/** And below these a private range is hardly the proxies' alone. */
const WIDEST_PROXY_BITS = { 4: 24, 6: 64 } as const;

/**
 * Reads `TRUSTED_PROXIES`: addresses and CIDRs, and `unix` for a peer on a Unix socket, separated by
 * commas. The empty list believes nobody.
 *
 * Ranges wider than /8 (IPv4) or /7 (IPv6) are refused: whoever is in them writes his own address.
 */
export function parseProxyList(text: string): ProxyMatcher | ProxyListError {
  const networks: IpNetwork[] = [];
  let unix = false;

  for (const entry of text.trim() === '' ? [] : text.split(',').map((part) => part.trim())) {
    if (entry === 'unix') {
      unix = true;
      continue;
    }
    if (entry === '') return { error: 'an entry is empty: remove the extra comma' };
    const network = parseNetwork(entry);
    if ('error' in network) return network;
    if (network.bits < WIDEST_TRUSTED_BITS[network.base.family]) {
      return {
        error: `“${shorten(entry)}” would let anybody in it choose their own address: list only the addresses of your proxies`,
      };
    }
    networks.push(network);
  }
  const publicRanges = networks.filter(
    ({ base, bits }) => bits < base.bytes.length * 8 && classifyAddress(base) === 'public',
  );
  return {
    has: (address) => networks.some((network) => isInNetwork(address, network)),
    hasInPublicRange: (address) => publicRanges.some((network) => isInNetwork(address, network)),
    widePrivateRanges: networks
      .filter(({ base, bits }) => bits < WIDEST_PROXY_BITS[base.family])
      .filter(({ base }) => classifyAddress(base) === 'private')
      .map(({ text }) => text),
    unix,
  };
}

function parseIpv6Groups(text: string): number[] | null {
  const halves = text.split('::');
  if (halves.length > 2) return null;
  const [head, tail] = halves.map((half, index) =>
    parseGroupList(half, index === halves.length - 1),
  );
  if (!head) return null;
  if (halves.length === 1) return head.length === 8 ? head : null;
  // `::` stands for one group at least (RFC 4291, 2.2).
  if (!tail || head.length + tail.length > 7) return null;
  return [...head, ...new Array<number>(8 - head.length - tail.length).fill(0), ...tail];
}

/** Groups separated by single colons; the last part of the address may be a dotted IPv4 address. */
function parseGroupList(text: string, mayEndDotted: boolean): number[] | null {
  if (text === '') return [];
  const groups: number[] = [];
  const parts = text.split(':');
  for (const [index, part] of parts.entries()) {
    if (ipv6GroupPattern.test(part)) {
      groups.push(Number.parseInt(part, 16));
    } else if (mayEndDotted && index === parts.length - 1 && ipv4Pattern.test(part)) {
      const [a = 0, b = 0, c = 0, d = 0] = part.split('.').map(Number);
      groups.push((a << 8) | b, (c << 8) | d);
    } else {
      return null;
    }
  }
  return groups;
}

const MAPPED_PREFIX = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff];
const NAT64_PREFIX = [0x00, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0];

function fromBytes(bytes: number[]): IpAddress {
  const holdsIpv4 = [MAPPED_PREFIX, NAT64_PREFIX].some((prefix) =>
    prefix.every((byte, index) => bytes[index] === byte),
  );
  const own = holdsIpv4 ? bytes.slice(12) : bytes;
  return { family: own.length === 4 ? 4 : 6, bytes: own, text: printBytes(own) };
}

function printBytes(bytes: readonly number[]): string {
  return bytes.length === 4 ? bytes.join('.') : printIpv6(bytes);
}

/** RFC 5952: lower case, no leading zeros, `::` for the first of the longest runs of two or more zeros. */
function printIpv6(bytes: readonly number[]): string {
  const groups: number[] = [];
  for (let index = 0; index < 16; index += 2) {
    groups.push(((bytes[index] ?? 0) << 8) | (bytes[index + 1] ?? 0));
  }
  let runStart = 0;
  let runLength = 0;
  for (let start = 0; start < 8; start += 1) {
    let length = 0;
    while (groups[start + length] === 0) length += 1;
    if (length > runLength) {
      runStart = start;
      runLength = length;
    }
  }
  const hex = groups.map((group) => group.toString(16));
  if (runLength < 2) return hex.join(':');
  return `${hex.slice(0, runStart).join(':')}::${hex.slice(runStart + runLength).join(':')}`;
}

function maskBytes(bytes: readonly number[], bits: number): number[] {
  return bytes.map((byte, index) => {
    const kept = Math.min(8, Math.max(0, bits - index * 8));
    return byte & (0xff << (8 - kept)) & 0xff;
  });
}

/** The first range that holds the address decides. */
const RANGES: readonly (readonly [IpNetwork, AddressClass])[] = (
  [
    ['0.0.0.0/8', 'not_a_client_address'], // this network, RFC 791
    ['10.0.0.0/8', 'private'],
    ['100.64.0.0/10', 'private'], // carrier-grade NAT, RFC 6598
    ['127.0.0.0/8', 'loopback'],
    ['169.254.0.0/16', 'not_a_client_address'], // link-local
    ['172.16.0.0/12', 'private'],
    ['192.0.0.0/24', 'private'], // IETF protocols, used inside DS-Lite and 464XLAT
    ['192.168.0.0/16', 'private'],
    ['198.18.0.0/15', 'private'], // benchmarks, used inside by local tunnels
    ['224.0.0.0/3', 'not_a_client_address'], // multicast, reserved, broadcast
    ['0.0.0.0/0', 'public'],
    ['::1/128', 'loopback'],
    ['fc00::/7', 'private'], // unique-local, RFC 4193
    ['2001::/32', 'not_a_client_address'], // Teredo (RFC 4380) hides an IPv4 address that its sender chose
    ['2a06:98c0:3600::/48', 'not_a_client_address'], // Cloudflare Workers: anybody's program calls from there
    ['2000::/3', 'public'], // global unicast; outside are IPv4-compatible, SIIT, local NAT64, link-local, multicast
  ] as const
).map(([cidr, kind]) => [networkFrom(cidr), kind]);

function shorten(text: string): string {
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
