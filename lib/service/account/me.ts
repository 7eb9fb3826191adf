import type { ClientAddressView, Me } from '@/lib/contract/resources';
import { database } from '@/lib/platform/postgres/database';
import type { ClientAddress } from '@/lib/policy/client-address';
import { hasPermission } from '@/lib/policy/roles';
import { asksForProof, strictestRule } from '@/lib/policy/rules';
import { trustedUntil, trustState } from '@/lib/policy/trust';
import { type Actor, isActorFresh } from '@/lib/service/gate/actor';
import { findTeamsThatAreOff } from '@/lib/store/app-rules';

/** Who is signed in, how the rules of the teams stand, and this request's network. */
export async function showMe(actor: Actor): Promise<Me> {
  return {
    user: { id: actor.user.id, email: actor.user.email, name: actor.user.name },
    teams: await teamsOf(actor),
    session: {
      id: actor.session.id,
      expiresAt: actor.session.expiresAt.toISOString(),
      authenticatedAt: actor.session.authenticatedAt.toISOString(),
    },
    client: presentClient(actor),
  };
}

async function teamsOf({ teams }: Actor): Promise<Me['teams']> {
  const offIds = teams.filter(({ rule }) => !rule.enabled).map(({ id }) => id);
  const off = offIds.length > 0 ? await findTeamsThatAreOff(database().prisma, offIds) : [];
  return teams.map(({ id, name, role, rule }) => {
    // On again since it was asked: then it is on.
    const found = off.find(({ teamId }) => teamId === id);
    const isOff = !rule.enabled && found !== undefined;
    const mayKnow = hasPermission(role, 'rules.view');
    return {
      id,
      name,
      role,
      ipVerificationEnabled: !isOff,
      ipVerificationOff: isOff
        ? {
            until: found.until?.toISOString() ?? null,
            by: mayKnow ? found.by : null,
            reason: mayKnow ? found.reason : null,
          }
        : null,
    };
  });
}

/** How the network of this request stands. */
export function presentClient(actor: Actor): Me['client'] {
  const { trust, client } = actor;
  return {
    address: client.address,
    network: client.network,
    trusted: isTrustedNow(actor),
    trustedUntil:
      trust && !trust.revokedAt
        ? trustedUntil(trust.verifiedAt, trustDaysOf(actor)).toISOString()
        : null,
  };
}

/** The network that a full authentication has verified within minutes; null: none, or nobody asks for that. */
export function findJustVerified(actor: Actor): { address: string; until: string } | null {
  const { address, trusted, trustedUntil: until } = presentClient(actor);
  if (address === null || until === null || !trusted || !isAskedForProof(actor)) return null;
  return isActorFresh(actor) ? { address, until } : null;
}

/** Whether anything asks the user for a proof on a network that is not verified. */
export function isAskedForProof({ teams }: Actor): boolean {
  return asksForProof(teams.map(({ rule }) => ({ ipVerificationEnabled: rule.enabled })));
}

function isTrustedNow(actor: Actor): boolean {
  const { trust, now } = actor;
  return trust !== null && trustState(trust, trustDaysOf(actor), now) === 'trusted';
}

function trustDaysOf({ teams }: Actor): number {
  return strictestRule(
    teams.map((team) => team.rule),
    'api.read',
  ).trustDays;
}

/** How the server sees this request. */
export function presentClientAddress(actor: Actor): ClientAddressView {
  const { address, network, reason, peer, hops, header }: ClientAddress = actor.client;
  return { address, network, reason, peer, hops, header, trusted: isTrustedNow(actor) };
}
