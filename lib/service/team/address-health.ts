import type { AddressHealth } from '@/lib/contract/resources';
import { env } from '@/lib/platform/env';
import { database } from '@/lib/platform/postgres/database';
import {
  type AddressWarning,
  findAddressWarnings,
  SHARED_NETWORK_USERS,
} from '@/lib/policy/address-warnings';
import { presentClientAddress } from '@/lib/service/account/me';
import type { Actor } from '@/lib/service/gate/actor';
import { showTo } from '@/lib/service/gate/masks';
import { findUnknownUses } from '@/lib/store/sightings';
import { findNetworksOfTeam, findSharedNetworks } from '@/lib/store/verified-ips';

/** Enough members, by the network that each used last, to tell whether all come from private ones. */
const MEMBERS_LOOKED_AT = 200;

/** Warnings that name networks of members. */
const NAMES_MEMBERS: ReadonlySet<AddressWarning['code']> = new Set([
  'shared_network',
  'shared_loopback',
]);

/** How Gatehouse sees addresses: this request's, the settings, and what is probably wrong with them. */
export async function showAddressHealth(actor: Actor, teamId: string): Promise<AddressHealth> {
  const { prisma } = database();
  const { appUrl, trustedProxies, clientIpHeader, privateClients, ipv6Prefix } = env();
  const [sharedNetworks, networks, unknownUses] = await Promise.all([
    findSharedNetworks(prisma, teamId, SHARED_NETWORK_USERS),
    findNetworksOfTeam(prisma, teamId, MEMBERS_LOOKED_AT),
    findUnknownUses(prisma, teamId),
  ]);
  const show = showTo(actor);
  return {
    client: presentClientAddress(actor),
    settings: {
      trustedProxies: trustedProxies.split(/[\s,]+/).filter(Boolean),
      header: clientIpHeader,
      privateClients,
      ipv6Prefix,
    },
    // What names proxies and this request is what the page is for; of the rest, whole networks of members.
    warnings: findAddressWarnings({
      client: actor.client,
      trustedProxies,
      appUrl,
      networks,
      sharedNetworks,
      unknownUses,
    }).map((warning) => {
      if (!NAMES_MEMBERS.has(warning.code)) return warning;
      const { masked: _, ...shown } = show(warning);
      return shown;
    }),
    sharedNetworks: sharedNetworks.map(({ network, users }) => show({ network, users })),
  };
}
