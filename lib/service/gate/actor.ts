import { GatehouseError } from '@/lib/contract/errors';
import type { ClientAddress } from '@/lib/policy/client-address';
import { isFresh } from '@/lib/policy/freshness';
import { hasPermission, type Permission } from '@/lib/policy/roles';
import type { EventOrigin } from '@/lib/store/audit';
import type { SessionFacts } from '@/lib/store/session-facts';

/** Where a request comes from and what it is called in the log. */
export type Origin = { client: ClientAddress; requestId: string };

/** Who asks: the facts of the session, and from where. */
export type Actor = SessionFacts & Origin;

/** Who asks with a credential at hand, which a re-authentication replaces. */
export type CredentialedActor = Actor & {
  credential: { kind: 'bearer' | 'cookie'; token: string; tokenHash: Uint8Array };
};

export type TeamOfActor = Actor['teams'][number];

/**
 * The actor's membership in a team. A team one is not in does not exist.
 * @throws not_found, forbidden
 */
export function requireTeam(actor: Actor, teamId: string, permission: Permission): TeamOfActor {
  const team = actor.teams.find((candidate) => candidate.id === teamId);
  if (!team) throw noTeam();
  if (!hasPermission(team.role, permission)) throw notAllowed();
  return team;
}

/** Whether the actor has proven who he is on this network at most 15 minutes ago. */
export function isActorFresh({ now, client, session }: Actor): boolean {
  const { authenticatedAt, authenticatedNetwork } = session;
  return isFresh({ now, network: client.network, authenticatedAt, authenticatedNetwork });
}

export function noTeam(): GatehouseError {
  return new GatehouseError('not_found', 'There is no such team, or you are not in it.');
}

export function notAllowed(): GatehouseError {
  return new GatehouseError('forbidden', 'Your role in this team does not allow this.');
}

/** The origin of what a signed-in user does. */
export function actorOrigin(actor: Actor): EventOrigin {
  return requestOrigin(actor, { actorId: actor.user.id, sessionId: actor.session.id });
}

/** The origin of what a request brings about without a session, or while one begins. */
export function requestOrigin(
  { client, requestId }: Origin,
  who: Partial<Omit<EventOrigin, 'network' | 'address' | 'unknownReason' | 'requestId'>> = {},
): EventOrigin {
  return {
    actorKind: 'user',
    actorId: null,
    actorLabel: null,
    sessionId: null,
    computerId: null,
    network: client.network,
    address: client.address,
    unknownReason: client.reason,
    requestId,
    ...who,
  };
}
