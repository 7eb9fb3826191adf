/**
 * The attack: a thief writes the victim's address into a header and is taken for her. And the fault
 * that is worse, because nobody notices: a proxy that nobody listed, by which all users share one
 * address, so that whoever verifies it verifies it for the thief as well.
 *
 * So the address is the TCP peer's. Only where the peer is a listed proxy is one configured header
 * read, from the right, past the listed proxies, up to the first address that isn't one of them: that
 * one was written by a proxy of ours, everything left of it by anybody. Whatever is not certain is
 * unknown, with the reason; nothing is guessed.
 *
 * What can't be certain is only told: a proxy or CDN before the listed one leaves traces in other
 * headers (`contradictedBy`). Anybody can write those, so they warn and never decide.
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
  /**
   * The peer is not in `TRUSTED_PROXIES` and must be a proxy: `APP_URL` is https, which Gatehouse does
   * not speak, or a private or loopback peer sends what only proxies send.
   */
  'proxy_not_configured',
  /** A listed proxy that didn't send the configured header. */
  'no_header',
  'empty_header',
  /** Over 2,048 characters would have to be read. */
  'header_too_long',
  /** Over 50 elements would have to be read: every one of the last 50 is a listed proxy. */
  'too_many_hops',
  /** A header that holds one address came more than once, or holds a list. */
  'not_single',
  'empty_element',
  'bad_address',
  'bad_port',
  /** IPv6 with a port and no brackets, or what may be that. */
  'unclear_port',
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
  /** The last 50 elements of the configured header, left to right. Empty unless a listed proxy sent it. */
  hops: string[];
  /** The configured header, in lower case. */
  header: string;
  /** What says that somebody stands before the one whose word was taken; null for nothing, and without an address. */
  contradictedBy: Contradiction | null;
  /**
   * This machine's own address was taken, nobody has said that people sit here, and nothing shows that
   * one does: a proxy on this machine that adds nothing looks just so. Whoever is the second to verify
   * it is refused (lib/service/gate/own-machine.ts).
   */
  mayBeProxy?: true;
  /** Elements left of the chosen one: more than 0 on most requests hints at a proxy in front that nobody listed. */
  hopsLeft: number;
};

/** A header that doesn't fit the address that was taken. Anybody may have written it. */
export type Contradiction = {
  /** Its name, in lower case; one of those that are known here. */
  header: string;
  /** The other address that it names, in canonical text; null where it names none (`cf-ray`, `via`). */
  address: string | null;
};

export type ClientAddressSettings = {
  /** Whether `APP_URL` is https. Gatehouse speaks no TLS, so everybody then comes through a proxy. */
  isSecure: boolean;
  trustedProxies: ProxyMatcher;
  /** In lower case. `x-forwarded-for` and `forwarded` hold lists; every other header holds one address. */
  header: string;
  /** Whether loopback, private, CGNAT and unique-local addresses may be clients. */
  privateClients: 'allow' | 'refuse';
  /** Nobody set that, or any proxy: it follows from an `APP_URL` that is this machine. */
  isTrial?: boolean;
  /** The public origin: what a page of ours says that asks. */
  appOrigin?: string;
  /** Bits of an IPv6 network, 48 to 128. */
  ipv6Prefix: number;
};

/** What any proxy may call the address that it sees. */
const PROXY_HEADERS = [
  'forwarded',
  'x-forwarded-for',
  'x-forwarded',
  'forwarded-for',
  'x-original-forwarded-for',
  'x-real-ip',
  'x-client-ip',
  'x-cluster-client-ip',
  'x-originating-ip',
  'x-remote-ip',
  'x-remote-addr',
  'x-envoy-external-address',
];

/** What a CDN or a platform, which stands in front of everything else, calls the address that it sees. */
export const CDN_HEADERS: ReadonlySet<string> = new Set([
  'cf-connecting-ip',
  'cf-connecting-ipv6',
  'true-client-ip',
  'fastly-client-ip',
  'cloudfront-viewer-address',
  'incap-client-ip',
  'x-sucuri-clientip',
  'ali-cdn-real-ip',
  'x-azure-clientip',
  'x-azure-socketip',
  'x-vercel-forwarded-for',
  'x-nf-client-connection-ip',
  'x-appengine-user-ip',
  'fly-client-ip',
  'do-connecting-ip',
]);

/** Headers by which proxies and CDNs tell an address. */
export const FORWARDING_HEADERS: ReadonlySet<string> = new Set([...PROXY_HEADERS, ...CDN_HEADERS]);

/**
 * Headers that a CDN adds and that name no address; behind each the one by which the same CDN names the
 * address that it sees, null where that is not known.
 */
export const CDN_SIGNS: ReadonlyMap<string, string | null> = new Map([
  ['cf-ray', 'cf-connecting-ip'],
  ['akamai-origin-hop', 'true-client-ip'],
  ['x-azure-fdid', 'x-azure-socketip'],
  ['x-azure-ref', 'x-azure-socketip'],
  ['x-azure-requestchain', 'x-azure-socketip'],
  ['fastly-ff', 'fastly-client-ip'],
  ['x-amz-cf-id', null],
  ['cdn-loop', null],
]);

/** How CDNs call themselves in `Via`, where a proxy of one's own has another name. */
const CDN_IN_VIA = /google|cloudfront|akamai|azure|fastly|cloudflare|incapsula|imperva|sucuri/i;

/** Headers whose address always has a port, so that IPv6 without brackets could be read in two ways. */
const HEADERS_WITH_PORT: ReadonlySet<string> = new Set(['cloudfront-viewer-address']);

const MAX_HEADER_LENGTH = 2_048;
const MAX_HOPS = 50;

/**
 * Who is calling, as far as it is certain. Never throws.
 *
 * @param connection.peer the socket's remote address; `unix` for a Unix socket
 * @param connection.httpVersion `1.0` from a private peer: no browser speaks it, nginx does by default
 * @param connection.rawHeaders name, value, name, value …, in wire order, as Node's `rawHeaders`
 */
export function resolveClient(
  connection: {
    peer: string | undefined | 'unix';
    rawHeaders: readonly string[];
    httpVersion?: string;
  },
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
    contradictedBy: null,
    hopsLeft: 0,
  };

  const isListed =
    peerText === 'unix' ? settings.trustedProxies.unix : peer && settings.trustedProxies.has(peer);
  if (peerText === undefined) return { ...answer, reason: 'no_peer' };
  if (!isListed) {
    if (!peer && peerText !== 'unix') return { ...answer, reason: 'bad_address' };
    // Without TLS a public peer may be a client, and his headers are anybody's words. A private one that
    // sends what proxies send is a forgotten proxy.
    const isPublic = peer && classifyAddress(peer) === 'public';
    const isProxys =
      connection.httpVersion === '1.0' || hasProxyHeader(rawHeaders, settings.header);
    if (settings.isSecure || (!isPublic && isProxys)) {
      return { ...answer, reason: 'proxy_not_configured' };
    }
    if (!peer) return { ...answer, reason: 'no_peer' };
    const taken = contradict(accept(answer, peer, settings), [], rawHeaders, settings);
    return mayHideMany(taken, peer, rawHeaders, settings) ? { ...taken, mayBeProxy: true } : taken;
  }

  const elements = readElements(rawHeaders, settings.header);
  if (typeof elements === 'string') return { ...answer, reason: elements };
  answer.hops = elements.slice(-MAX_HOPS).map(trimBlanks);
  const hop = findHop(elements, settings.header, settings.trustedProxies);
  if (typeof hop === 'string') return { ...answer, reason: hop };
  const taken = accept({ ...answer, hopsLeft: hop.left }, hop.address, settings);
  return contradict(taken, peer ? [peer, ...hop.passed] : hop.passed, rawHeaders, settings);
}

/**
 * Whether the peer may be a proxy that says nothing of itself. Not where a browser says that the page
 * that asks stands at this machine's own name: through a proxy it would name the proxy's. No thief gains
 * by writing that; his would be the first user's token.
 */
function mayHideMany(
  taken: ClientAddress,
  peer: IpAddress,
  rawHeaders: readonly string[],
  { isTrial = false, appOrigin }: ClientAddressSettings,
): boolean {
  if (!isTrial || taken.network === null || classifyAddress(peer) !== 'loopback') return false;
  const origins = valuesOf(rawHeaders, 'origin');
  return origins.length !== 1 || origins[0] !== appOrigin;
}

function accept(
  answer: ClientAddress,
  address: IpAddress,
  settings: ClientAddressSettings,
): ClientAddress {
  const reason = findObjection(address, settings);
  if (reason !== null) return { ...answer, reason };
  return { ...answer, address: address.text, network: networkOf(address, settings.ipv6Prefix) };
}

/** The last question, the same for a peer and a hop: may this address be a client at all? */
function findObjection(address: IpAddress, settings: ClientAddressSettings): UnknownReason | null {
  const kind = classifyAddress(address);
  if (kind === 'not_a_client_address') return kind;
  if (kind === 'public' || settings.privateClients === 'allow') return null;
  return kind === 'loopback' ? 'loopback' : 'private_address';
}

/** The names of the headers, in lower case and in wire order. */
function namesOf(rawHeaders: readonly string[]): string[] {
  return rawHeaders.filter((_, index) => index % 2 === 0).map((name) => name.toLowerCase());
}

function hasProxyHeader(rawHeaders: readonly string[], configured: string): boolean {
  return namesOf(rawHeaders).some(
    (name) =>
      name === configured || name === 'via' || FORWARDING_HEADERS.has(name) || CDN_SIGNS.has(name),
  );
}

/**
 * Notes what speaks for a further proxy in front of those that are listed: every user behind it would
 * have its address.
 *
 * No false alarm where the CDN is known: its own header is the configured one, or names the address that
 * was taken, or its range is listed. Nor for the listed proxies' own `Via`.
 *
 * @param passed the listed proxies on the way
 */
function contradict(
  taken: ClientAddress,
  passed: readonly IpAddress[],
  rawHeaders: readonly string[],
  settings: ClientAddressSettings,
): ClientAddress {
  if (taken.network === null) return taken;
  const names = new Set(namesOf(rawHeaders));
  names.delete(settings.header);
  const isCdnRead = !PROXY_HEADERS.includes(settings.header);
  let isCdnKnown = isCdnRead || passed.some(settings.trustedProxies.hasInPublicRange);
  let contradictedBy: Contradiction | null = null;
  for (const header of names) {
    const isCdns = CDN_HEADERS.has(header);
    // Where a CDN's header is read, a proxy behind it names the CDN in its own.
    if (!isCdns && (isCdnRead || !FORWARDING_HEADERS.has(header))) continue;
    const elements = readElements(rawHeaders, header);
    const hop =
      typeof elements === 'string' ? elements : findHop(elements, header, settings.trustedProxies);
    if (typeof hop === 'string' || findObjection(hop.address, settings)) continue;
    if (networkOf(hop.address, settings.ipv6Prefix) === taken.network) isCdnKnown ||= isCdns;
    else if (!contradictedBy || (isCdns && !CDN_HEADERS.has(contradictedBy.header))) {
      contradictedBy = { header, address: hop.address.text };
    }
  }
  if (!contradictedBy && !isCdnKnown) {
    const sign = [...names].find(
      (name) => CDN_SIGNS.has(name) || (name === 'via' && tellsOfMore(rawHeaders, passed.length)),
    );
    if (sign) contradictedBy = { header: sign, address: null };
  }
  return { ...taken, contradictedBy };
}

/** Whether `Via` names more proxies than are listed on the way, or a CDN (RFC 9110, 7.6.3). */
function tellsOfMore(rawHeaders: readonly string[], listed: number): boolean {
  const lines = valuesOf(rawHeaders, 'via');
  const entries = lines
    .join(',')
    .replace(/\([^()]*\)/g, '')
    .split(',');
  return (
    CDN_IN_VIA.test(lines.join()) || entries.filter((entry) => trimBlanks(entry)).length > listed
  );
}

function valuesOf(rawHeaders: readonly string[], name: string): string[] {
  return rawHeaders.filter((_, at) => at % 2 === 1 && rawHeaders[at - 1]?.toLowerCase() === name);
}

/** The header's elements, unread. All its lines count, joined in wire order (RFC 9110, 5.3). */
function readElements(rawHeaders: readonly string[], header: string): string[] | UnknownReason {
  const lines = valuesOf(rawHeaders, header);
  if (lines.length === 0) return 'no_header';
  const value = lines.join(',');
  if (trimBlanks(value) === '') return 'empty_header';

  if (header === 'forwarded') return splitOutsideQuotes(value);
  if (header === 'x-forwarded-for') return value.split(',');
  // Two values of a header that holds one: the first may be the caller's, or the second. Nobody knows.
  return value.includes(',') ? 'not_single' : [value];
}

type Hop = {
  address: IpAddress;
  /** The listed proxies to the right of it. */
  passed: IpAddress[];
  /** How many elements are to the left of it. */
  left: number;
};

/**
 * Walks from the right past the listed proxies to the first address that isn't one. Only what is read is
 * bounded: left of it a caller writes what he likes, and must not be able to make himself unknown.
 */
function findHop(
  elements: readonly string[],
  header: string,
  trustedProxies: ProxyMatcher,
): Hop | UnknownReason {
  const passed: IpAddress[] = [];
  let charactersRead = 0;
  for (let left = elements.length - 1; left >= 0; left -= 1) {
    const element = elements[left] ?? '';
    if (passed.length === MAX_HOPS) return 'too_many_hops';
    charactersRead += element.length + (passed.length > 0 ? 1 : 0);
    if (charactersRead > MAX_HEADER_LENGTH) return 'header_too_long';
    const address = parseHop(trimBlanks(element), header);
    if (typeof address === 'string') return address;
    if (!trustedProxies.has(address)) return { address, passed, left };
    passed.push(address);
  }
  return 'all_trusted';
}

function parseHop(element: string, header: string): IpAddress | UnknownReason {
  if (header === 'forwarded') return parseForwardedElement(element);
  const isUnclear =
    HEADERS_WITH_PORT.has(header) && element.includes(':', element.indexOf(':') + 1);
  return isUnclear && !element.startsWith('[') ? 'unclear_port' : parseListElement(element);
}

/** An address, bare or as `1.2.3.4:80`, `[2001:db8::1]` or `[2001:db8::1]:80`. */
function parseListElement(element: string): IpAddress | UnknownReason {
  if (element === '') return 'empty_element';
  const address = parseAddress(element);
  if (mayEndInPort(element, address)) return 'unclear_port';
  return address ?? parseNode(element, /^[0-9]+$/);
}

/**
 * Whether IPv6 without brackets may be an address and a port: `2001:db8::a:b:c:d:443` is one host of
 * 2001:db8:0:a::/64, or port 443 of one of 2001:db8::/64. Both readings in one /64 are no matter: a port
 * is a caller's choice, and he reaches nobody else's network by it.
 *
 * @param whole what it is without a port; null where it can only be with one
 */
function mayEndInPort(element: string, whole: IpAddress | null): boolean {
  const [, before = ''] = /^([^[\]]+:[^[\]]*):[0-9]{1,5}$/.exec(element) ?? [];
  const address = parseAddress(before);
  if (address === null || classifyAddress(address) === 'not_a_client_address') return false;
  return whole === null || networkOf(whole, 64) !== networkOf(address, 64);
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
      elements.push(value.slice(start, index));
      start = index + 1;
    }
  }
  if (quoted) return 'bad_forwarded';
  elements.push(value.slice(start));
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
  while (isBlank(text[start])) start += 1;
  while (isBlank(text[end - 1])) end -= 1;
  return text.slice(start, end);
}

function isBlank(character: string | undefined): boolean {
  return character === ' ' || character === '\t';
}
