/** Who acts. Closed. */
export const ACTOR_KINDS = ['user', 'key', 'computer', 'provider', 'operator', 'system'] as const;
export type ActorKind = (typeof ACTOR_KINDS)[number];

/** What is audited. Closed. */
export const EVENT_TYPES = [
  'team.created',
  'team.renamed',
  'mail.tested',
  'session.started',
  'session.refused',
  'session.ended',
  'sessions.ended',
  'gate.refused',
  'network.verified',
  'network.revoked',
  'networks.revoked',
  'network.named',
  'rule.changed',
  'member.invited',
  'member.joined',
  'member.role_changed',
  'member.removed',
  'member.contained',
  'account.reported',
  'invite.revoked',
  'computer.registered',
  'computer.changed',
  'computer.key_rotated',
  'computer.online',
  'computer.duplicate',
  'computer.refused',
  'computer.removed',
  'connection.requested',
  'connection.accepted',
  'connection.declined',
  'connection.ended',
  'friend.requested',
  'friend.accepted',
  'friend.removed',
  'sso.connection_added',
  'sso.connection_changed',
  'sso.connection_removed',
  'sso.domain_added',
  'sso.domain_proven',
  'sso.domain_removed',
  'sso.requirement_changed',
  'sso.proof_asked',
  'sso.linked',
  'sso.refused',
  'password.changed',
  'password.reset_requested',
  'password.reset',
  'events.exported',
] as const;
export type EventType = (typeof EVENT_TYPES)[number];

/** All that a pattern of `GET …/events` names: one, or those that begin with what stands before its `.*`. */
export function eventTypesOf(patterns: readonly string[]): string[] {
  return patterns.flatMap((pattern) =>
    pattern.endsWith('.*')
      ? EVENT_TYPES.filter((type) => type.startsWith(pattern.slice(0, -1)))
      : [pattern],
  );
}

/** The Team Computer that an event is about, by its id. */
export function computerOf({
  before,
  after,
  computerId,
}: {
  before?: unknown;
  after?: unknown;
  computerId: string | null;
}): string | null {
  const content = after ?? before;
  const named =
    typeof content === 'object' && content !== null && 'computerId' in content
      ? content.computerId
      : null;
  return typeof named === 'string' ? named : computerId;
}
