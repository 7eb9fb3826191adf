import type { Action, Mode } from '@/lib/policy/actions';
import type { ConnectionEndReason, ConnectionState } from '@/lib/policy/connection-state';
import type { Finding } from '@/lib/policy/decide';
import type { ActorKind } from '@/lib/policy/events';
import type { Role } from '@/lib/policy/roles';
import type { TrustState } from '@/lib/policy/trust';

/** What programs receive. Times are RFC 3339 in UTC. */

export type Time = string;

/**
 * Where what is asked from a network that is not trusted holds other networks, each is shown as `*.*.*.*` or
 * `*:*`: its family, and nothing else. `masked` says that one was.
 */
export type Masked = { masked: boolean };

/** A list; `nextCursor` is null on its last page. */
export type Page<T> = { data: T[]; nextCursor: string | null };

export type VerifiedIp = Masked & {
  id: string;
  network: string;
  address: string;
  method: 'password' | 'sso';
  verifiedAt: Time;
  trustedUntil: Time;
  lastUsedAt: Time;
  state: TrustState;
  /** Whether it is the network of the request that asks. */
  current: boolean;
};

export type UserSummary = { id: string; name: string; email: string };

export type NewSession = {
  token: string;
  session: { id: string; expiresAt: Time };
  user: UserSummary;
  verifiedIp: VerifiedIp | null;
};

export type SetUp = NewSession & { team: { id: string; name: string } };

export type SessionSummary = Masked & {
  id: string;
  client: string;
  createdAt: Time;
  lastSeenAt: Time;
  lastSeenAddress: string | null;
  authenticatedAt: Time;
  expiresAt: Time;
  current: boolean;
};

export type TeamSummary = { id: string; name: string; role: Role };

export type Me = {
  user: UserSummary;
  teams: TeamSummary[];
  session: { id: string; expiresAt: Time; authenticatedAt: Time };
  client: {
    address: string | null;
    network: string | null;
    trusted: boolean;
    trustedUntil: Time | null;
  };
};

export type Challenge = {
  id: string;
  status: 'pending' | 'verified' | 'expired';
  action: Action;
  network: string;
  expiresAt: Time;
  /**
   * Only while it is pending: a proof that named this challenge came from another network, and recorded that
   * one. `masked`: it is shown to whoever asks from it alone.
   */
  recorded?: { network: string; masked: boolean };
};

/** The members that `ip_verification_required` adds to a problem document. */
export type GateProblem = {
  action: Action;
  client: { address: string; network: string };
  challenge: { id: string; url: string; expiresAt: Time };
  methods: ('password' | 'sso')[];
};

export type Verification = {
  /** The session's new token; only where the request bore one (a cookie is replaced in place). */
  token?: string;
  verifiedIp: VerifiedIp;
  /** The challenge that was named, as it stands now. */
  challenge?: Challenge;
};

export type PasswordChanged = {
  /** The session's new token; only where the request bore one (a cookie is replaced in place). */
  token?: string;
  /** Null: the address of the request is unknown. */
  verifiedIp: VerifiedIp | null;
};

/** A Team Computer as those who may connect to it see it. */
export type Computer = {
  id: string;
  name: string;
  teamId: string;
  online: boolean;
  lastSeenAt: Time | null;
};

/** A Team Computer as those who manage it see it. */
export type ManagedComputer = Computer &
  Masked & {
    access: 'all' | 'named';
    userIds: string[];
    createdAt: Time;
    /** The program that speaks for it, or spoke last, and since when from this network; null: none yet. */
    host: { address: string | null; network: string | null; since: Time } | null;
    /** Where its host key may be used; null: anywhere. */
    hostNetworks: string[] | null;
    /** When a second program last used its key while the first answered; null: not since it was made. */
    duplicate: { address: string | null; network: string | null; at: Time } | null;
  };

export type NewComputer = { computer: ManagedComputer; hostKey: string };

export type Connection = {
  id: string;
  computerId: string;
  state: ConnectionState;
  createdAt: Time;
  expiresAt: Time;
  /** Why it was revoked or given up; null where its state says all. */
  endReason: ConnectionEndReason | null;
};

/** `incoming` and `outgoing` are requests that wait. */
export const FRIEND_STATES = ['friends', 'incoming', 'outgoing'] as const;

export type Friend = {
  id: string;
  state: (typeof FRIEND_STATES)[number];
  email: string;
  /** Known once both are friends, or to the one who was asked. */
  name: string | null;
  createdAt: Time;
};

export type Member = {
  user: UserSummary;
  role: Role;
  trustedNetworks: number;
  lastSeenAt: Time | null;
  /** How often, in the last 30 days, enforcing everything would have asked: once a network, however often it was used. */
  wouldBeBlocked: number;
};

export type Invite = {
  id: string;
  email: string;
  role: Role;
  createdAt: Time;
  expiresAt: Time;
};
/** `token` and `url` only where no mail goes out: else the mailbox alone has them. */
export type NewInvite = { invite: Invite; token?: string; url?: string };

/** What an invitation is, to whoever has its link. */
export type OpenInvite = {
  teamName: string;
  invitedBy: string;
  email: string;
  role: Role;
  expiresAt: Time;
  /** Somebody with this e-mail has an account: its password is asked for, not a new one. */
  hasAccount: boolean;
};

/** Whose password a mailed link resets. */
export type OpenReset = { maskedEmail: string; expiresAt: Time };

export type AppRule = {
  id: string;
  name: string;
  isDefault: boolean;
  ipVerification: { enabled: boolean; trustDays: number; actions: Record<Action, Mode> };
  changedAt: Time | null;
  changedBy: UserSummary | null;
};

export type AuditEvent = Masked & {
  id: string;
  /** Of the members of an event. */
  schema: 1;
  at: Time;
  type: string;
  actorKind: ActorKind;
  /** The account as it is today; null: none did it, or it is gone. */
  actor: UserSummary | null;
  /** `Name <e-mail>` as they were then; what a computer or a provider was called. */
  actorLabel: string | null;
  /** Whom it is about, where that is somebody else than the actor. */
  user: UserSummary | null;
  userLabel: string | null;
  /** The session by which it was done. */
  sessionId: string | null;
  /** The Team Computer that did it. */
  computerId: string | null;
  /** Of the Team Computer that it is about, as it is called today; null: about none, or it is gone. */
  computerName: string | null;
  action: Action | null;
  network: string | null;
  address: string | null;
  finding: Finding | null;
  reason: string | null;
  before: unknown;
  after: unknown;
  requestId: string | null;
};

/** How the server sees a request. */
export type ClientAddressView = {
  address: string | null;
  network: string | null;
  reason: string | null;
  peer: string | null;
  hops: string[];
  header: string;
  trusted: boolean;
};

/** What the owners' page *How Gatehouse sees addresses* adds. */
export type AddressHealth = {
  client: ClientAddressView;
  settings: {
    trustedProxies: string[];
    header: string;
    privateClients: 'allow' | 'refuse';
    ipv6Prefix: number;
  };
  warnings: { code: string; message: string; cure: string }[];
  sharedNetworks: (Masked & { network: string; users: number })[];
};
