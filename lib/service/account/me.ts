import type { ClientAddressView, Me } from '@/lib/contract/resources';
import type { ClientAddress } from '@/lib/policy/client-address';
import { asksForProof, strictestRule } from '@/lib/policy/rules';
import { trustedUntil, trustState } from '@/lib/policy/trust';
import type { Actor } from '@/lib/service/gate/actor';

/** Who is signed in, and how this request's network stands. */
export function presentMe(actor: Actor): Me {
  const { trustDays } = strictestRule(
    actor.teams.map((team) => team.rule),
    'api.read',
  );
  const { trust } = actor;
  return {
    user: { id: actor.user.id, email: actor.user.email, name: actor.user.name },
    teams: actor.teams.map(({ id, name, role, rule }) => ({
      id,
      name,
      role,
      ipVerificationEnabled: rule.enabled,
    })),
    session: {
      id: actor.session.id,
      expiresAt: actor.session.expiresAt.toISOString(),
      authenticatedAt: actor.session.authenticatedAt.toISOString(),
    },
    client: {
      address: actor.client.address,
      network: actor.client.network,
      trusted: isTrustedNow(actor),
      trustedUntil:
        trust && !trust.revokedAt ? trustedUntil(trust.verifiedAt, trustDays).toISOString() : null,
    },
  };
}

/** Whether anything asks the user for a proof on a network that is not verified. */
export function isAskedForProof(actor: Actor): boolean {
  return asksForProof(presentMe(actor).teams);
}

function isTrustedNow({ trust, teams, now }: Actor): boolean {
  const { trustDays } = strictestRule(
    teams.map((team) => team.rule),
    'api.read',
  );
  return trust !== null && trustState(trust, trustDays, now) === 'trusted';
}

/** How the server sees this request. */
export function presentClientAddress(actor: Actor): ClientAddressView {
  const { address, network, reason, peer, hops, header }: ClientAddress = actor.client;
  return { address, network, reason, peer, hops, header, trusted: isTrustedNow(actor) };
}
