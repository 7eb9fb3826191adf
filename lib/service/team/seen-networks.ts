import type { z } from 'zod';
import { FIRST_PAGE } from '@/lib/contract/paging';
import type {
  NetworkMember,
  NetworkMembers,
  SeenNetwork,
  SeenNetworks,
} from '@/lib/contract/resources';
import type {
  NameNetworksBody,
  NetworkMembersQuery,
  SeenNetworksExportQuery,
  SeenNetworksQuery,
} from '@/lib/contract/schemas';
import { database } from '@/lib/platform/postgres/database';
import { parseNetwork } from '@/lib/policy/networks';
import { orderOf } from '@/lib/policy/paging';
import { seenNetworkState } from '@/lib/policy/trust';
import { csvFile, type File } from '@/lib/service/csv-file';
import { act } from '@/lib/service/gate/act';
import type { Actor } from '@/lib/service/gate/actor';
import type { GatePass } from '@/lib/service/gate/gate';
import { hidesNetworks } from '@/lib/service/gate/masks';
import { countedPageOf } from '@/lib/service/paging';
import type { Slice } from '@/lib/store/paging';
import {
  findMembersOnNetwork,
  findNetworkNames,
  findSeenNetworks,
  revokeOfTeam,
  type StoredNetworkMember,
  type StoredSeenNetwork,
  setNetworkNames,
} from '@/lib/store/seen-networks';

/**
 * The attack: a thief asks, from a network that is not trusted, whether 203.0.113.0/24 finds anything, and halves
 * it until he knows where the token works. So from there the list is of his own network alone: a row that is
 * masked would still be found, counted and ordered.
 */
function onlyOwn(actor: Actor): { masked: boolean; only: string | undefined } {
  const masked = hidesNetworks(actor);
  return { masked, only: masked ? (actor.client.network ?? 'none') : undefined };
}

/** The networks of a team's members, verified, used or refused, the latest used first. @throws invalid_request */
export async function listSeenNetworks(
  actor: Actor,
  teamId: string,
  { limit, cursor, ...asked }: z.infer<typeof SeenNetworksQuery> = FIRST_PAGE,
): Promise<SeenNetworks> {
  const page = await countedPageOf(listOf(actor, teamId, asked), { limit, cursor });
  return { ...page, masked: onlyOwn(actor).masked };
}

/** The same, whole, as a file. */
export function exportSeenNetworks(
  actor: Actor,
  teamId: string,
  { format: _, ...asked }: z.infer<typeof SeenNetworksExportQuery>,
): Promise<File> {
  const list = { ...listOf(actor, teamId, asked), name: 'networks' };
  return csvFile(list, NETWORK_COLUMNS, actor.now);
}

const NETWORK_COLUMNS = {
  network: ({ network }: SeenNetwork) => network,
  name: ({ name }: SeenNetwork) => name,
  state: ({ state }: SeenNetwork) => state,
  members: ({ members }: SeenNetwork) => members,
  trusted: ({ trusted }: SeenNetwork) => trusted,
  trusted_until: ({ trustedUntil }: SeenNetwork) => trustedUntil,
  uses_30_days: ({ uses }: SeenNetwork) => uses,
  refused_30_days: ({ refused }: SeenNetwork) => refused,
  first_seen_at: ({ firstSeenAt }: SeenNetwork) => firstSeenAt,
  last_seen_at: ({ lastSeenAt }: SeenNetwork) => lastSeenAt,
};

type AskedNetworks = Omit<z.infer<typeof SeenNetworksQuery>, 'limit' | 'cursor'>;

function listOf(actor: Actor, teamId: string, asked: AskedNetworks) {
  const { sort = '-lastSeenAt', query, userId, state } = asked;
  const typed = query === undefined ? { error: 'nothing' } : parseNetwork(query);
  const within = 'error' in typed ? undefined : typed.text;
  const which = { userId, text: query, within, state, only: onlyOwn(actor).only };
  return {
    name: `seen-networks ${teamId} ${userId ?? 'all'} by ${sort}` as const,
    find: (slice: Slice) =>
      findSeenNetworks(database().prisma, teamId, slice, which, orderOf(sort)),
    present: (row: StoredSeenNetwork) => presentNetwork(row, actor.client.network),
  };
}

/** One of them; null: nobody in the team was on it, or it is not to be seen from here. */
export async function findSeenNetwork(
  actor: Actor,
  teamId: string,
  network: string,
): Promise<SeenNetwork | null> {
  const { only = network } = onlyOwn(actor);
  if (only !== network) return null;
  const one = { after: null, rows: 1 };
  const order = orderOf('network' as const);
  const [row] = await findSeenNetworks(database().prisma, teamId, one, { only: network }, order);
  return row ? presentNetwork(row, actor.client.network) : null;
}

/** Who of a team was on one of them, the latest first. @throws invalid_request */
export async function listMembersOnNetwork(
  actor: Actor,
  teamId: string,
  { network, ...paging }: z.infer<typeof NetworkMembersQuery>,
): Promise<NetworkMembers> {
  const { masked, only = network } = onlyOwn(actor);
  const shown = only === network ? network : 'none';
  const page = await countedPageOf(
    {
      name: `network-members ${teamId} ${network}`,
      find: (slice) => findMembersOnNetwork(database().prisma, teamId, shown, slice),
      present: presentMember,
    },
    paging,
  );
  return { ...page, masked };
}

/**
 * Revokes networks of all members who have verified them: an audit row for each member and network. What is
 * revoked already, or of nobody in the team, is no error.
 */
export function revokeSeenNetworks(
  actor: Actor,
  pass: GatePass,
  teamId: string,
  networks: readonly string[],
): Promise<{ revoked: number }> {
  return act(actor, pass, async (tx, audit) => {
    const revoked = await revokeOfTeam(tx, teamId, networks);
    await audit(
      ...revoked.map(({ userId, network }) => ({
        type: 'network.revoked' as const,
        teamId,
        userId,
        before: { networks: [network] },
      })),
    );
    return { revoked: revoked.length };
  });
}

/** Names networks that members of the team were on. Others are left out. */
export function nameNetworks(
  actor: Actor,
  pass: GatePass,
  teamId: string,
  { networks, name }: z.infer<typeof NameNetworksBody>,
): Promise<{ named: number }> {
  return act(actor, pass, async (tx, audit) => {
    const before = await findNetworkNames(tx, teamId, networks);
    const named = await setNetworkNames(tx, teamId, networks, name);
    if (named.length > 0) {
      const after = { networks: named, name };
      await audit({ type: 'network.named', teamId, before: { names: before }, after });
    }
    return { named: named.length };
  });
}

type StoredUse = Pick<StoredSeenNetwork, 'uses' | 'refused' | 'firstSeenAt' | 'lastSeenAt'>;

const presentUse = ({ uses, refused, firstSeenAt, lastSeenAt }: StoredUse) => ({
  uses: Number(uses),
  refused: Number(refused),
  firstSeenAt: firstSeenAt?.toISOString() ?? null,
  lastSeenAt: lastSeenAt.toISOString(),
});

function presentNetwork(row: StoredSeenNetwork, own: string | null): SeenNetwork {
  return {
    network: row.network,
    name: row.name,
    ...presentUse(row),
    state: seenNetworkState(row.trusted, row.verified),
    trustedUntil: row.trustedUntil?.toISOString() ?? null,
    members: row.members,
    trusted: row.trusted,
    latest: row.latest,
    current: row.network === own,
  };
}

function presentMember(row: StoredNetworkMember): NetworkMember {
  return {
    user: row.user,
    ...presentUse(row),
    state: seenNetworkState(Number(row.isTrusted), Number(row.verifiedAt !== null)),
    trustedUntil: row.isTrusted ? (row.trustedUntil?.toISOString() ?? null) : null,
  };
}
