/**
 * The attack: somebody who may set up single sign-on types a URL, and our server asks it from where
 * the server stands: its own database, the cloud's metadata service, the router's log-in page. Saying
 * it plainly is refused soon, so it is said otherwise: `https://0x7f.1/`, full-width digits, a name
 * that resolves inside, an IPv4 address wrapped in IPv6, a public name before an `@`.
 *
 * So two questions. May this URL be asked at all, judged by its text, since `new URL` would turn every
 * odd spelling into a plain one? And may this resolved address be connected to? Only what is public
 * on the Internet; what stands inside only where the operator listed the host.
 */
import {
  type AddressClass,
  classifyAddress,
  type IpAddress,
  isInNetwork,
  networkFrom,
  parseAddress,
} from '@/lib/policy/networks';

/** Why a URL may not be asked, or an address not be connected to. For the log, not for the asker. */
export const OUTGOING_FAULTS = [
  /** Not an absolute URL in plain ASCII, or over 2,000 characters. */
  'malformed',
  /** Neither https nor, for a listed host on this machine, http. */
  'scheme',
  'user_info',
  /** Neither a DNS name nor an address as it is normally written. */
  'host',
  /** A name that means this machine or this network wherever it is asked. */
  'host_is_local',
  'port',
  /** What the resolver gave is not an address. */
  'not_an_address',
  'address_not_public',
] as const;

export type OutgoingFault = (typeof OUTGOING_FAULTS)[number];

type Refused = { readonly verdict: 'refused'; readonly fault: OutgoingFault };

/** A URL that may be asked, if its host's addresses may be connected to. */
export type OutgoingUrl = {
  readonly href: string;
  /** https; else http. */
  readonly secure: boolean;
  /** A name in lower case or the canonical text of an address, without brackets. */
  readonly host: string;
  readonly port: number;
  /** Whether the operator listed this host as one that may stand inside. */
  readonly isListed: boolean;
};

export type UrlVerdict = { readonly verdict: 'allowed'; readonly url: OutgoingUrl } | Refused;
export type AddressVerdict = { readonly verdict: 'allowed' } | Refused;

export type OutgoingRules = {
  readonly mayAsk: (text: string) => UrlVerdict;
  readonly mayConnect: (url: OutgoingUrl, address: string) => AddressVerdict;
};

/**
 * The rules under which typed URLs are asked.
 *
 * @param privateHosts hosts that may stand inside, use any port, and http on this machine: names in
 *   lower case and addresses without brackets
 */
export function outgoingRules(privateHosts: readonly string[]): OutgoingRules {
  return { mayAsk: (text) => mayAsk(text, privateHosts), mayConnect };
}

const LONGEST_URL = 2_000;
const HTTPS_PORT = 443;
/** Scheme, user info and host; a port and the rest may follow. No backslash: some readers take it for a slash. */
const URL_PARTS =
  /^([a-z][a-z0-9+.-]*):\/\/(?:([^/?#@]*)@)?(\[[^\]/?#@]*\]|[^/?#@:[\]]*)(?::[0-9]{1,5})?(?:[/?#].*)?$/i;
const PRINTABLE = /^[\x21-\x5b\x5d-\x7e]+$/;
/** The last label starts with a letter, as all top-level domains do: else it would be a number to some. */
const NAME =
  /^(?=.{1,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
/** Names without a dot, and those reserved for use inside (RFC 6761, 6762, 8375, 7686; ICANN’s `.internal`). */
const LOCAL_NAME = /^[^.]+$|(?:^|\.)(?:localhost|local|internal|invalid|onion|home\.arpa)$/;
const LOOPBACK_NAME = /^(?:.+\.)?localhost$/;

/**
 * Whether this URL may be asked, judged before anything is resolved or connected: https on port 443
 * at a public name or address. A listed host may use any port, and, where it is this machine, http
 * on any port but 80. Never throws.
 */
export function mayAsk(text: string, privateHosts: readonly string[]): UrlVerdict {
  const parts = text.length <= LONGEST_URL && PRINTABLE.test(text) ? URL_PARTS.exec(text) : null;
  if (!parts) return refused('malformed');
  const [, scheme = '', userInfo, hostText = ''] = parts;
  const secure = scheme.toLowerCase() === 'https';
  if (!secure && scheme.toLowerCase() !== 'http') return refused('scheme');
  if (userInfo !== undefined) return refused('user_info');

  const host = parseHost(hostText);
  if (!host) return refused('host');
  const isListed = privateHosts.some((entry) => (parseAddress(entry)?.text ?? entry) === host.text);
  if (!secure && !(isListed && isThisMachine(host))) return refused('scheme');

  const parsed = parseUrl(text);
  if (!parsed || unbracket(parsed.hostname) !== host.urlText) return refused('malformed');
  // No port is guessed for http, and 80 can't be told from none: it is for tests and development.
  const port = Number(parsed.port || (secure ? HTTPS_PORT : 0));
  if (port === 0 || (port !== HTTPS_PORT && !isListed)) return refused('port');
  if (!host.address && !isListed && LOCAL_NAME.test(host.text)) return refused('host_is_local');

  const url = { href: parsed.href, secure, host: host.text, port, isListed };
  if (host.address) {
    const verdict = mayConnect(url, host.text);
    if (verdict.verdict === 'refused') return verdict;
  }
  return { verdict: 'allowed', url };
}

/**
 * Whether a browser may be sent to this address: https, or http on this machine. Our server never asks it,
 * so its port and where its host stands are the browser's affair. Never throws.
 */
export function isBrowserUrl(text: string): boolean {
  if (text.length > LONGEST_URL || !PRINTABLE.test(text)) return false;
  const url = parseUrl(text);
  if (!url || url.username || url.password || url.hash) return false;
  const host = unbracket(url.hostname);
  const address = parseAddress(host);
  const isHere = address ? classifyAddress(address) === 'loopback' : LOOPBACK_NAME.test(host);
  return url.protocol === 'https:' || (url.protocol === 'http:' && isHere);
}

/**
 * Whether this address of the URL's host may be connected to: only global unicast; for a listed host
 * private and loopback addresses too; over http loopback alone. Never throws.
 *
 * @param address as the resolver gave it
 */
export function mayConnect(url: OutgoingUrl, address: string): AddressVerdict {
  const parsed = parseAddress(address);
  if (!parsed) return refused('not_an_address');
  const reachable = !url.isListed ? PUBLIC : url.secure ? PUBLIC_AND_INSIDE : THIS_MACHINE;
  return reachable.includes(kindOf(parsed))
    ? { verdict: 'allowed' }
    : refused('address_not_public');
}

type Reachable = AddressClass | 'reserved';

const PUBLIC: readonly Reachable[] = ['public'];
const PUBLIC_AND_INSIDE: readonly Reachable[] = ['public', 'private', 'loopback'];
const THIS_MACHINE: readonly Reachable[] = ['loopback'];

/** Metadata services outside of link-local: AWS, Google, Alibaba, Oracle, Azure. Not even listed hosts. */
const NEVER_ASKED: ReadonlySet<string> = new Set([
  'fd00:ec2::254',
  'fd20:ce::254',
  '100.100.100.200',
  '192.0.0.192',
  '168.63.129.16',
]);

/** What an address stands for when it is asked, which is less than when it asks. */
function kindOf(address: IpAddress): Reachable {
  return NEVER_ASKED.has(address.text) || isReserved(address)
    ? 'reserved'
    : classifyAddress(address);
}

/** What may be a client in tests and examples, but is nobody's server: IANA's special-purpose registries. */
const RESERVED = [
  '192.0.2.0/24', // documentation, RFC 5737
  '198.51.100.0/24',
  '203.0.113.0/24',
  '192.88.99.0/24', // 6to4 relays, RFC 7526
  '2001::/23', // IETF protocols (Teredo, ORCHID, benchmarks), RFC 2928
  '2001:db8::/32', // documentation, RFC 3849
  '3fff::/20', // documentation, RFC 9637
  '2002::/16', // 6to4, which hides an IPv4 address that its writer chose
].map(networkFrom);

function isReserved(address: IpAddress): boolean {
  return RESERVED.some((network) => isInNetwork(address, network));
}

type Host = {
  readonly text: string;
  /** As `new URL` must understand it: the proof that both read the same host. */
  readonly urlText: string;
  readonly address: IpAddress | null;
};

function parseHost(text: string): Host | null {
  if (text.startsWith('[')) {
    const inner = unbracket(text);
    const address = inner.includes(':') ? parseAddress(inner) : null;
    const parsed = parseUrl(`https://${text}/`);
    return address && parsed
      ? { text: address.text, urlText: unbracket(parsed.hostname), address }
      : null;
  }
  const address = parseAddress(text);
  const name = text.toLowerCase();
  if (!address && !NAME.test(name)) return null;
  return { text: name, urlText: name, address };
}

function isThisMachine({ text, address }: Host): boolean {
  return address ? classifyAddress(address) === 'loopback' : LOOPBACK_NAME.test(text);
}

function unbracket(host: string): string {
  return host.replace(/^\[|\]$/g, '');
}

function parseUrl(text: string): URL | null {
  try {
    return new URL(text);
  } catch {
    return null;
  }
}

function refused(fault: OutgoingFault): Refused {
  return { verdict: 'refused', fault };
}
