import type { ClientAddress } from './client-address';
import { classifyAddress, parseNetwork } from './networks';

/**
 * The fault to fear most is the forgotten proxy setting: all users share one address, and whoever
 * verifies it verifies it for the thief as well. Nothing fails then, so it has to be looked for.
 */

/** More users than this on one network are hardly one household or office. */
export const SHARED_NETWORK_USERS = 20;

export type AddressWarning = {
  code:
    | 'proxy_not_listed'
    | 'proxy_in_front'
    | 'only_private_clients'
    | 'shared_network'
    | 'insecure_app_url';
  message: string;
  cure: string;
};

export type AddressFacts = {
  /** Of the request that asks. */
  client: Pick<ClientAddress, 'forwardedByUnlisted' | 'hopsLeft' | 'peer' | 'header'>;
  /** `TRUSTED_PROXIES` as it is set. */
  trustedProxies: string;
  appUrl: URL;
  /** The networks that users were seen on. */
  networks: string[];
  /** Those with more than 20 users. */
  sharedNetworks: { network: string; users: number }[];
};

const LOCAL_NAMES = new Set(['localhost', '127.0.0.1', '[::1]']);

/** What is probably wrong with how addresses are established, each with its cure. */
export function findAddressWarnings(facts: AddressFacts): AddressWarning[] {
  const { client, appUrl } = facts;
  const isLocal = LOCAL_NAMES.has(appUrl.hostname);
  const warnings: AddressWarning[] = [];
  if (client.forwardedByUnlisted && client.peer !== null) {
    const line = [facts.trustedProxies.trim(), client.peer].filter(Boolean).join(',');
    warnings.push({
      code: 'proxy_not_listed',
      message: `This request came from ${client.peer} with a forwarding header, but ${client.peer} is not a trusted proxy. Its users’ addresses are unknown, and gated actions are refused.`,
      cure: `If it is your proxy, and it sets ${client.header}, start with TRUSTED_PROXIES=${line}`,
    });
  }
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
  for (const { network, users } of facts.sharedNetworks) {
    warnings.push({
      code: 'shared_network',
      message: `${users} users have verified ${network}. Behind it the gate tells none of them from another.`,
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
  const parsed = parseNetwork(network);
  if ('error' in parsed) return false;
  const kind = classifyAddress(parsed.base);
  return kind === 'private' || kind === 'loopback';
}
