import { EVENT_TYPES, type EventType } from './events';

/** The kinds of events that somebody looks for. Closed. */
export const EVENT_GROUPS = ['blocked', 'sign-ins', 'connections', 'changes'] as const;
export type EventGroup = (typeof EVENT_GROUPS)[number];

/** Each type in its group; those by which somebody was turned away are in `blocked` beside. */
const GROUPS: Record<EventType, Exclude<EventGroup, 'blocked'>> = {
  'team.created': 'changes',
  'team.renamed': 'changes',
  'mail.tested': 'changes',
  'session.started': 'sign-ins',
  'session.refused': 'sign-ins',
  'session.ended': 'sign-ins',
  'sessions.ended': 'sign-ins',
  'gate.refused': 'sign-ins',
  'network.verified': 'sign-ins',
  'network.revoked': 'changes',
  'networks.revoked': 'changes',
  'network.named': 'changes',
  'rule.changed': 'changes',
  'member.invited': 'changes',
  'member.joined': 'changes',
  'member.role_changed': 'changes',
  'member.removed': 'changes',
  'member.contained': 'changes',
  'account.reported': 'changes',
  'invite.revoked': 'changes',
  'computer.registered': 'changes',
  'computer.changed': 'changes',
  'computer.key_rotated': 'changes',
  'computer.online': 'connections',
  'computer.duplicate': 'connections',
  'computer.refused': 'connections',
  'computer.removed': 'changes',
  'connection.requested': 'connections',
  'connection.accepted': 'connections',
  'connection.declined': 'connections',
  'connection.ended': 'connections',
  'friend.requested': 'changes',
  'friend.accepted': 'changes',
  'friend.removed': 'changes',
  'sso.connection_added': 'changes',
  'sso.connection_changed': 'changes',
  'sso.connection_removed': 'changes',
  'sso.domain_added': 'changes',
  'sso.domain_proven': 'changes',
  'sso.domain_removed': 'changes',
  'sso.requirement_changed': 'changes',
  'sso.proof_asked': 'sign-ins',
  'sso.linked': 'sign-ins',
  'sso.refused': 'sign-ins',
  'password.changed': 'changes',
  'password.reset_requested': 'changes',
  'password.reset': 'changes',
  'events.exported': 'changes',
};

const BLOCKED: readonly EventType[] = [
  'gate.refused',
  'session.refused',
  'computer.refused',
  'computer.duplicate',
  'sso.refused',
];

/** Whether somebody was turned away. */
export const isBlocked = (type: string): boolean => BLOCKED.includes(type as EventType);

export const typesOfGroup = (group: EventGroup): readonly EventType[] =>
  group === 'blocked' ? BLOCKED : EVENT_TYPES.filter((type) => GROUPS[type] === group);
