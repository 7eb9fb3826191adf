/**
 * The attack: a thief writes the victim's address into a header and is taken for her. And the fault
 * that is worse, because nobody notices: a proxy that nobody listed, by which all users share one
 * address, so that whoever verifies it verifies it for the thief as well.
 *
 * So the address is the TCP peer's. Only where the peer is a listed proxy is one configured header
 * read, from the right, past the listed proxies, up to the first address that isn't one of them: that
 * one was written by a proxy of ours, everything left of it by anybody. Whatever is not certain is
 * unknown, with the reason; nothing is guessed.
 */
import {
  classifyAddress,
  type IpAddress,
  networkOf,
  type ProxyMatcher,
  parseAddress,
} from '@/lib/policy/networks';

/** Why there is no client address. */
export const UNKNOWN_REASONS = [
  /** The connection has no peer address: it is gone, or comes by a Unix socket that is not trusted. */
  'no_peer',
  /** A forwarding header from a private or loopback peer that is not in `TRUSTED_PROXIES`. */
  'proxy_not_configured',
  /** A listed proxy that didn't send the configured header. */
  'no_header',
  'empty_header',
  /** Over 2,048 characters. */
  'header_too_long',
  /** Over 50 elements. */
  'too_many_hops',
  /** A header that holds one address came more than once, or holds a list. */
  'not_single',
  'empty_element',
  'bad_address',
  'bad_port',
  /** Not RFC 7239's grammar. */
  'bad_forwarded',
  /** RFC 7239 `unknown` or an obfuscated name. */
  'hidden_node',
  /** An element of `Forwarded` without `for`. */
  'no_for',
  /** Every hop is a listed proxy. */
  'all_trusted',
  'loopback',
  'private_address',
  'not_a_client_address',
] as const;

export type UnknownReason = (typeof UNKNOWN_REASONS)[number];

export type ClientAddress = {
  /** Canonical text; null when unknown. */
  address: string | null;
  /** The network that trust is kept for; null when unknown. */
  network: string | null;
  /** Why the address is unknown; null when it isn't. */
  reason: UnknownReason | null;
  /** Who holds the other end of the connection: canonical text, `unix`, or null when nobody can tell. */
  peer: string | null;
  /** The elements of the configured header, left to right. Empty unless a listed proxy sent it. */
  hops: string[];
  /** The configured header, in lower case. */
  header: string;
  /** A forwarding header came from a private or loopback peer that is not listed: a forgotten proxy. */
  forwardedByUnlisted: boolean;
  /** Elements left of the chosen one: more than 0 on most requests hints at a proxy in front that nobody listed. */
  hopsLeft: number;
};

export type ClientAddressSettings = {
  trustedProxies: ProxyMatcher;
  /** In lower case. `x-forwarded-for` and `forwarded` hold lists; every other header holds one address. */
  header: string;
  /** Whether loopback, private, CGNAT and unique-local addresses may be clients. */
  privateClients: 'allow' | 'refuse';
  /** Bits of an IPv6 network, 48 to 128. */
  ipv6Prefix: number;
};

/** Headers by which proxies and CDNs tell an address. From an unlisted private peer, any of them betrays a proxy. */
export const FORWARDING_HEADERS: ReadonlySet<string> = new Set([
  'forwarded',
  'x-forwarded-for',
  'x-forwarded',
  'forwarded-for',
  'x-original-forwarded-for',
  'x-vercel-forwarded-for',
  'x-real-ip',
  'x-client-ip',
  'x-cluster-client-ip',
  'x-originating-ip',
  'x-remote-ip',
  'x-remote-addr',
  'true-client-ip',
  'cf-connecting-ip',
  'cf-connecting-ipv6',
  'fastly-client-ip',
  'fly-client-ip',
  'do-connecting-ip',
  'x-nf-client-connection-ip',
  'x-appengine-user-ip',
  'x-azure-clientip',
  'x-azure-socketip',
  'x-envoy-external-address',
]);

const MAX_HEADER_LENGTH = 2_048;
const MAX_HOPS = 50;

/**
 * Who is calling, as far as it is certain. Never throws.
 *
 * @param connection.peer the socket's remote address; `unix` for a Unix socket
 * @param connection.rawHeaders name, value, name, value …, in wire order, as Node's `rawHeaders`
 */
export function resolveClient(
  connection: { peer: string | undefined | 'unix'; rawHeaders: readonly string[] },
  settings: ClientAddressSettings,
): ClientAddress {
  const { peer: peerText, rawHeaders } = connection;
  const peer = peerText === undefined ? null : parseAddress(peerText);
  const answer: ClientAddress = {
    address: null,
    network: null,
    reason: null,
    peer: peer?.text ?? peerText ?? null,
    hops: [],
    header: settings.header,
    forwardedByUnlisted: false,
    hopsLeft: 0,
  };

  const isListed =
    peerText === 'unix' ? settings.trustedProxies.unix : peer && settings.trustedProxies.has(peer);
  if (peerText === undefined) return { ...answer, reason: 'no_peer' };
  if (!isListed) {
    // A public peer's headers are anybody's words. A private one that forwards is a forgotten proxy.
    if (peer && classifyAddress(peer) === 'public') return accept(answer, peer, settings);
    if (hasForwardingHeader(rawHeaders, settings.header)) {
      return { ...answer, reason: 'proxy_not_configured', forwardedByUnlisted: true };
    }
    if (peerText === 'unix') return { ...answer, reason: 'no_peer' };
    return peer ? accept(answer, peer, settings) : { ...answer, reason: 'bad_address' };
  }

  const elements = readElements(rawHeaders, settings.header);
  if (typeof elements === 'string') return { ...answer, reason: elements };
  answer.hops = elements;
  for (let index = elements.length - 1; index >= 0; index -= 1) {
    const hop = parseHop(elements[index] ?? '', settings.header);
    if (typeof hop === 'string') return { ...answer, reason: hop };
    if (settings.trustedProxies.has(hop)) continue;
    return accept({ ...answer, hopsLeft: index }, hop, settings);
  }
  return { ...answer, reason: 'all_trusted' };
}

/** The last question, the same for a peer and a hop: may this address be a client at all? */
function accept(
  answer: ClientAddress,
  address: IpAddress,
  settings: ClientAddressSettings,
): ClientAddress {
  const kind = classifyAddress(address);
  if (kind === 'not_a_client_address') return { ...answer, reason: kind };
  if (kind !== 'public' && settings.privateClients === 'refuse') {
    return { ...answer, reason: kind === 'loopback' ? 'loopback' : 'private_address' };
  }
  return { ...answer, address: address.text, network: networkOf(address, settings.ipv6Prefix) };
}

function hasForwardingHeader(rawHeaders: readonly string[], configured: string): boolean {
  return rawHeaders.some((text, index) => {
    if (index % 2 === 1) return false;
    const name = text.toLowerCase();
    return name === configured || FORWARDING_HEADERS.has(name);
  });
}

/** The header's elements, unread. All its lines count, joined in wire order (RFC 9110, 5.3). */
function readElements(rawHeaders: readonly string[], header: string): string[] | UnknownReason {
  const lines: string[] = [];
  for (let index = 0; index < rawHeaders.length; index += 2) {
    if (rawHeaders[index]?.toLowerCase() === header) lines.push(rawHeaders[index + 1] ?? '');
  }
  if (lines.length === 0) return 'no_header';
  const value = lines.join(',');
  if (value.length > MAX_HEADER_LENGTH) return 'header_too_long';
  if (trimBlanks(value) === '') return 'empty_header';

  if (header === 'forwarded') return limitHops(splitOutsideQuotes(value));
  if (header === 'x-forwarded-for') return limitHops(value.split(',').map(trimBlanks));
  // Two values of a header that holds one: the first may be the caller's, or the second. Nobody knows.
  return lines.length > 1 || value.includes(',') ? 'not_single' : [trimBlanks(value)];
}

function limitHops(elements: string[] | UnknownReason): string[] | UnknownReason {
  return Array.isArray(elements) && elements.length > MAX_HOPS ? 'too_many_hops' : elements;
}

function parseHop(element: string, header: string): IpAddress | UnknownReason {
  return header === 'forwarded' ? parseForwardedElement(element) : parseListElement(element);
}

/** An address, bare or as `1.2.3.4:80`, `[2001:db8::1]` or `[2001:db8::1]:80`. */
function parseListElement(element: string): IpAddress | UnknownReason {
  if (element === '') return 'empty_element';
  return parseAddress(element) ?? parseNode(element, /^[0-9]+$/);
}

/** RFC 7239, 6: `IPv4[:port]` or `[IPv6][:port]`. Brackets are IPv6's alone. */
function parseNode(node: string, portPattern: RegExp): IpAddress | UnknownReason {
  const [, bracketed, bare, port] = /^(?:\[([^[\]]*)\]|([^:[\]]*))(?::(.*))?$/s.exec(node) ?? [];
  // An IPv4-mapped address comes unwrapped, so the spelling is asked and not the family.
  if (bracketed !== undefined && !bracketed.includes(':')) return 'bad_address';
  const address = parseAddress(bracketed ?? bare ?? '');
  if (!address) return 'bad_address';
  if (port === undefined) return address;
  if (!portPattern.test(port)) return 'bad_address';
  return /^[0-9]/.test(port) && (port.length > 5 || Number(port) > 65_535) ? 'bad_port' : address;
}

/**
 * Splits at the commas outside quoted strings. A caller's unmatched quote could swallow what a proxy
 * appended; then the number of quotes is odd, the last string never ends, and nothing is read.
 */
function splitOutsideQuotes(value: string): string[] | UnknownReason {
  const elements: string[] = [];
  let start = 0;
  let quoted = false;
  for (let index = 0; index < value.length; index += 1) {
    const character = value[index];
    if (quoted && character === '\\') index += 1;
    else if (character === '"') quoted = !quoted;
    else if (!quoted && character === ',') {
      elements.push(trimBlanks(value.slice(start, index)));
      start = index + 1;
    }
  }
  if (quoted) return 'bad_forwarded';
  elements.push(trimBlanks(value.slice(start)));
  return elements;
}

/** One `forwarded-pair` of RFC 7239, 4: a token, `=`, and a token or a quoted string; no blanks between. */
const forwardedPair =
  /([!#$%&'*+\-.^_`|~0-9A-Za-z]+)=(?:([!#$%&'*+\-.^_`|~0-9A-Za-z]+)|"((?:[^"\\]|\\.)*)")(?:;|$)/sy;
const obfuscated = '_[0-9A-Za-z._-]+';
const hiddenNode = new RegExp(`^(?:unknown|${obfuscated})(?::(?:[0-9]{1,5}|${obfuscated}))?$`, 'i');
const forwardedPort = new RegExp(`^(?:[0-9]+|${obfuscated})$`);

function parseForwardedElement(element: string): IpAddress | UnknownReason {
  const parameters = new Map<string, string>();
  let position = 0;
  while (position < element.length) {
    forwardedPair.lastIndex = position;
    const [pair = '', name = '', token, quoted] = forwardedPair.exec(element) ?? [];
    const key = name.toLowerCase();
    if (pair === '' || parameters.has(key)) return 'bad_forwarded';
    parameters.set(key, token ?? (quoted ?? '').replace(/\\(.)/gs, '$1'));
    position += pair.length;
  }
  if (parameters.size === 0) return 'bad_forwarded';
  const node = parameters.get('for');
  if (node === undefined) return 'no_for';
  return node === '' || hiddenNode.test(node) ? 'hidden_node' : parseNode(node, forwardedPort);
}

/** Blanks are space and tab (RFC 9110, 5.6.3): `trim()` would also take what no proxy writes. */
function trimBlanks(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isBlank(text[start])) start += 1;
  while (end > start && isBlank(text[end - 1])) end -= 1;
  return text.slice(start, end);
}

function isBlank(character: string | undefined): boolean {
  return character === ' ' || character === '\t';
}
