import { CDN_HEADERS, CDN_SIGNS, type ClientAddress, type UnknownReason } from './client-address';
import { classifyAddress, type ProxyMatcher, parseNetwork } from './networks';

/**
 * The fault to fear most is the forgotten proxy setting: all users share one address, and whoever
 * verifies it verifies it for the thief as well. Nothing fails then, so it has to be looked for.
 */

/** More users than this on one network are hardly one household or office. */
export const SHARED_NETWORK_USERS = 20;

export type AddressWarning = {
  code:
    | 'proxy_not_listed'
    | 'address_unknown'
    | 'others_unknown'
    | 'contradicted'
    | 'proxy_in_front'
    | 'only_private_clients'
    | 'shared_network'
    | 'shared_loopback'
    | 'insecure_app_url';
  message: string;
  cure: string;
};

/** What was made of one request. */
export type SeenClient = Pick<
  ClientAddress,
  'address' | 'reason' | 'peer' | 'header' | 'hops' | 'contradictedBy'
>;

export type AddressFacts = {
  /** Of the request that asks. */
  client: SeenClient & Pick<ClientAddress, 'hopsLeft'>;
  /** `TRUSTED_PROXIES` as it is set. */
  trustedProxies: string;
  appUrl: URL;
  /** The networks that users were seen on. */
  networks: string[];
  /** Those with suspiciously many users of the team. */
  sharedNetworks: { network: string; users: number; members: number }[];
  /** By which peers members came of late without an address. */
  unknownUses: { reason: UnknownReason; peer: string; users: number }[];
};

const LOCAL_NAMES = new Set(['localhost', '127.0.0.1', '[::1]']);

const REASONS: Record<UnknownReason, string> = {
  no_peer: 'The connection has no address, or Gatehouse runs without its own server.',
  proxy_not_configured: 'It must be a proxy, and is not in TRUSTED_PROXIES.',
  no_header: 'The trusted proxy did not send the header.',
  empty_header: 'The trusted proxy sent the header empty.',
  header_too_long: 'Over 2,048 characters of the header would have to be read.',
  too_many_hops: 'The header names more than 50 trusted proxies in a row.',
  not_single: 'The header holds more than the one address it should.',
  empty_element: 'An address in the header is empty.',
  bad_address: 'An address in the header is not one.',
  bad_port: 'A port in the header is not one.',
  unclear_port: 'IPv6 with a port and without brackets can be read in two ways.',
  bad_forwarded: 'The header does not follow RFC 7239.',
  hidden_node: 'The proxy hides the address (RFC 7239).',
  no_for: 'The header names no address (RFC 7239).',
  all_trusted: 'All addresses on the way are trusted proxies: none is left to be the client.',
  loopback: 'It is this machine’s own address, and PRIVATE_CLIENTS is “refuse”.',
  private_address: 'It is a private address, and PRIVATE_CLIENTS is “refuse”.',
  not_a_client_address: 'It is an address that no client can have, or that anybody can call from.',
};

/** What stands in the log and on the addresses page, and tells nobody else how the server is set up. */
export type ShownSettings = {
  /** `TRUSTED_PROXIES` as it is set. */
  trustedProxies: string;
  /** Whether `APP_URL` is https. */
  isSecure: boolean;
};

/**
 * Why there is no address, and what to do about it: for the log, the addresses page and the set-up page.
 *
 * @param settings null where they may not be shown
 */
export function explainUnknown(
  client: Pick<ClientAddress, 'reason' | 'peer' | 'header'>,
  settings: ShownSettings | null,
): { message: string; cure: string } {
  const { reason, peer, header } = client;
  const words = reason === null ? 'The server gives no reason.' : REASONS[reason];
  return {
    message: `The address of a request by ${peer ?? 'an unknown peer'} can’t be established (${reason}), so gated actions are refused. ${words}`,
    cure: cureOf(reason, peer ?? 'it', header, settings),
  };
}

function cureOf(
  reason: UnknownReason | null,
  peer: string,
  header: string,
  settings: ShownSettings | null,
): string {
  switch (reason) {
    case 'no_peer':
      return 'Start Gatehouse by its own start command.';
    case 'proxy_not_configured':
      return settings === null
        ? `If ${peer} is your proxy, and it sets ${header}, add it to TRUSTED_PROXIES.`
        : `If ${peer} is your proxy, and it sets ${header}, start with TRUSTED_PROXIES=${withEntry(settings.trustedProxies, peer)}${ifAtMachine(peer, settings)}`;
    case 'all_trusted':
      return 'Make TRUSTED_PROXIES narrower: it must name the proxies and nobody else.';
    case 'loopback':
    case 'private_address':
      return 'If a proxy or container gateway stands there, list it in TRUSTED_PROXIES; if clients really come from private addresses, set PRIVATE_CLIENTS=allow';
    case 'not_a_client_address':
      return 'Look at what stands in front of Gatehouse: it passes on a wrong address.';
    case 'unclear_port':
      return 'Let the proxy leave the port out, or write it as [2001:db8::1]:443.';
    default:
      return `Let the proxy set ${header} to the address it sees${lineToWrite(header)}, or set CLIENT_IP_HEADER to the header it does set.`;
  }
}

/** How proxies that are told nothing are told; a CDN's header is the CDN's to set. */
function lineToWrite(header: string): string {
  if (CDN_HEADERS.has(header)) return '';
  if (header === 'forwarded') return ' (HAProxy: option forwarded)';
  return header === 'x-forwarded-for'
    ? ' (nginx: proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for; HAProxy: option forwardfor)'
    : ` (nginx: proxy_set_header ${header} $remote_addr; HAProxy: http-request set-header ${header} %[src])`;
}

/** The other cure, where the peer may be a person and not a proxy. By https nobody comes without one. */
const ifAtMachine = (peer: string, { trustedProxies, isSecure }: ShownSettings) =>
  !isSecure && trustedProxies.trim() === '' && /^(?:127\.|::1$)/.test(peer)
    ? '. If no proxy is there, and several people use programs on this machine itself, set PRIVATE_CLIENTS=allow'
    : '';

const withEntry = (list: string, entry: string) =>
  list.split(/[\s,]+/).includes(entry)
    ? list.trim()
    : [list.trim(), entry].filter(Boolean).join(',');

/**
 * What speaks for a proxy or CDN in front of the listed one; null for nothing. The cure is on a
 * condition, since a caller can write such headers himself.
 *
 * @param trustedProxies the setting as it is; null where it may not be shown
 */
export function explainContradiction(
  { address, contradictedBy, hops, header, peer }: SeenClient,
  trustedProxies: string | null,
): { message: string; cure: string } | null {
  if (contradictedBy === null || address === null) return null;
  const { header: other, address: named } = contradictedBy;
  // Nobody is listed on the way: the peer itself was taken.
  const isPeers = hops.length === 0;
  const message = `A request was taken to come from ${address}, but its ${other} ${named === null ? 'says that it passed another proxy' : `names ${named}`}. If an unlisted proxy or CDN stands in front, everybody behind it shares one address, a thief too.`;
  const ofCdn = CDN_HEADERS.has(other) ? other : CDN_SIGNS.get(other);
  // What Azure takes from the caller's own headers; whom it saw stands in the other.
  const cdnHeader = ofCdn === 'x-azure-clientip' ? 'x-azure-socketip' : ofCdn;
  const added = cdnHeader ? isPeers && peer : named === null ? '<ranges>' : address;
  const proxies = !added
    ? ''
    : trustedProxies === null
      ? `TRUSTED_PROXIES with ${added} added`
      : `TRUSTED_PROXIES=${withEntry(trustedProxies, added)}`;
  const cure = cdnHeader
    ? `If you have put that CDN in front, let ${isPeers ? 'your proxy' : peer} accept connections from it alone, then start with ${[proxies, `CLIENT_IP_HEADER=${cdnHeader}`].filter(Boolean).join(' and ')}`
    : `If you have put it there, let every proxy append to ${header} rather than overwrite it, and start with ${proxies}`;
  return { message, cure };
}

/** What is allowed but probably not meant, for the log at the start. */
export function findStartWarnings(proxies: ProxyMatcher, settings: ShownSettings): string[] {
  const warnings: string[] = [];
  if (settings.isSecure && settings.trustedProxies.trim() === '') {
    warnings.push(
      'APP_URL is https, which Gatehouse does not speak, so everybody comes through a proxy, and none is listed: all addresses are unknown, and gated actions are refused. List it; for a proxy on this machine start with TRUSTED_PROXIES=127.0.0.1,::1',
    );
  }
  for (const range of proxies.widePrivateRanges) {
    warnings.push(
      `TRUSTED_PROXIES holds ${range}: whoever is in that range can choose the address that counts as his. List the proxies’ own addresses alone.`,
    );
  }
  return warnings;
}

/** What is probably wrong with how addresses are established, each with its cure. */
export function findAddressWarnings(facts: AddressFacts): AddressWarning[] {
  const { client, appUrl, trustedProxies } = facts;
  const isLocal = LOCAL_NAMES.has(appUrl.hostname);
  const shown = { trustedProxies, isSecure: appUrl.protocol === 'https:' };
  const warnings: AddressWarning[] = [];
  if (client.address === null) {
    const code = client.reason === 'proxy_not_configured' ? 'proxy_not_listed' : 'address_unknown';
    warnings.push({ code, ...explainUnknown(client, shown) });
  }
  for (const { reason, peer, users } of facts.unknownUses) {
    if (reason === client.reason && peer === client.peer) continue;
    const who = users === 1 ? 'one member' : `${users} members`;
    const { message, cure } = explainUnknown({ reason, peer, header: client.header }, shown);
    warnings.push({
      code: 'others_unknown',
      message: `In the last 24 hours ${who} came without an address. ${message}`,
      cure,
    });
  }
  const contradiction = explainContradiction(client, trustedProxies);
  if (contradiction) warnings.push({ code: 'contradicted', ...contradiction });
  if (client.hopsLeft > 0) {
    warnings.push({
      code: 'proxy_in_front',
      message: `This request’s ${client.header} holds ${client.hopsLeft} more before the address that was taken. Either your own program wrote that, or a proxy or CDN stands in front that is not listed, and its address is taken for yours.`,
      cure: 'If the address above is not your own, add the ranges of the proxy or CDN to TRUSTED_PROXIES.',
    });
  }
  if (!isLocal && facts.networks.length > 0 && facts.networks.every(isPrivate)) {
    warnings.push({
      code: 'only_private_clients',
      message:
        'Every network that was ever verified is a private one. That is right inside one office network; if your users come over the internet, they share the address of a proxy or container gateway.',
      cure: 'List the proxy in TRUSTED_PROXIES and set PRIVATE_CLIENTS=refuse, or let the gateway keep the source address.',
    });
  }
  for (const { network, users, members } of facts.sharedNetworks) {
    if (classOf(network) === 'loopback') {
      warnings.push({
        code: 'shared_loopback',
        message: `${users} users have verified ${network}, which is this machine itself. That is right while they all sit at it, as in a trial. If they don’t, a proxy on this machine hides them, and the gate tells none of them from a thief.`,
        cure: 'If people come from elsewhere, set APP_URL to the address that they use, let the proxy set X-Forwarded-For, and start with TRUSTED_PROXIES=127.0.0.1',
      });
      continue;
    }
    warnings.push({
      code: 'shared_network',
      message: `${users} of ${members} members have verified ${network}. Behind it the gate tells none of them from another.`,
      cure: 'If this is a proxy of yours, list it in TRUSTED_PROXIES. If it is a shared office or VPN exit, know that it counts as one place.',
    });
  }
  if (!isLocal && appUrl.protocol === 'http:') {
    warnings.push({
      code: 'insecure_app_url',
      message:
        'APP_URL is http on a public name: passwords and session cookies travel in the clear, and cookies are not Secure.',
      cure: 'Put https in front and set APP_URL to the https address.',
    });
  }
  return warnings;
}

function isPrivate(network: string): boolean {
  const kind = classOf(network);
  return kind === 'private' || kind === 'loopback';
}

function classOf(network: string) {
  // The network of ::1 begins with an address that nobody has.
  if (network === '::/64') return 'loopback';
  const parsed = parseNetwork(network);
  return 'error' in parsed ? null : classifyAddress(parsed.base);
}
