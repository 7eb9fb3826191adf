import { z } from 'zod';
import { ACTION_NAMES, MODES } from '@/lib/policy/actions';
import { CONNECTION_END_REASONS, CONNECTION_STATES } from '@/lib/policy/connection-state';
import { FINDINGS, type Finding } from '@/lib/policy/decide';
import { ACTOR_KINDS } from '@/lib/policy/events';
import { ROLES } from '@/lib/policy/roles';
import { SEEN_NETWORK_STATES, TRUST_STATES } from '@/lib/policy/trust';

/** What programs receive. A member may be added at any time: whoever reads one ignores what it does not know. */

/** RFC 3339 in UTC. */
export const Time = z.iso.datetime();
export type Time = z.infer<typeof Time>;

/** Where it comes from, and what it falls under; null: that can’t be established. */
const address = z.string().nullable();
const network = z.string().nullable();

const action = z.enum(ACTION_NAMES);
const role = z.enum(ROLES);
const method = z.enum(['password', 'sso']);

/**
 * Where what is asked from a network that is not trusted holds other networks, each is shown as `*.*.*.*` or
 * `*:*`: its family, and nothing else. `masked` says that one was.
 */
const masked = { masked: z.boolean() };
export type Masked = { masked: boolean };

/** A list; `nextCursor` is null on its last page. */
export const page = <Row extends z.ZodType>(row: Row) =>
  z.object({ data: z.array(row), nextCursor: z.string().nullable() });
export type Page<Row> = { data: Row[]; nextCursor: string | null };

/** A list that tells its length: `before` rows stand before this page, which `previousCursor` leads to; null: from the beginning. */
export const countedPage = <Row extends z.ZodType>(row: Row) =>
  page(row).extend({
    total: z.int(),
    before: z.int(),
    previousCursor: z.string().nullable(),
  });
export type CountedPage<Row> = Page<Row> & {
  total: number;
  before: number;
  previousCursor: string | null;
};

/** What was asked for is done when it is done: nobody is told whether there was somebody. */
export const Requested = z.object({ status: z.literal('requested') });
export type Requested = z.infer<typeof Requested>;

export const VerifiedIp = z.object({
  ...masked,
  id: z.string(),
  network: z.string(),
  address: z.string(),
  method,
  verifiedAt: Time,
  trustedUntil: Time,
  lastUsedAt: Time,
  state: z.enum(TRUST_STATES),
  /** Whether it is the network of the request that asks. */
  current: z.boolean(),
});
export type VerifiedIp = z.infer<typeof VerifiedIp>;

export const UserSummary = z.object({ id: z.string(), name: z.string(), email: z.string() });
export type UserSummary = z.infer<typeof UserSummary>;

export const NewSession = z.object({
  token: z.string(),
  session: z.object({ id: z.string(), expiresAt: Time }),
  user: UserSummary,
  verifiedIp: VerifiedIp.nullable(),
});
export type NewSession = z.infer<typeof NewSession>;

export const SetUp = NewSession.extend({ team: z.object({ id: z.string(), name: z.string() }) });
export type SetUp = z.infer<typeof SetUp>;

export const SessionSummary = z.object({
  ...masked,
  id: z.string(),
  client: z.string(),
  createdAt: Time,
  lastSeenAt: Time,
  lastSeenAddress: address,
  authenticatedAt: Time,
  expiresAt: Time,
  current: z.boolean(),
});
export type SessionSummary = z.infer<typeof SessionSummary>;

export const TeamSummary = z.object({ id: z.string(), name: z.string(), role });
export type TeamSummary = z.infer<typeof TeamSummary>;

export const Me = z.object({
  user: UserSummary,
  /** `ipVerificationEnabled`: the user's rule there; off, a stolen session is stopped nowhere in this team. */
  teams: z.array(
    TeamSummary.extend({
      ipVerificationEnabled: z.boolean(),
      /**
       * While it is off: until when (null: until somebody switches it on), and to those who may see the App Rules,
       * by whom and why; null while it is on.
       */
      ipVerificationOff: z
        .object({
          until: Time.nullable(),
          by: z.string().nullable(),
          reason: z.string().nullable(),
        })
        .nullable(),
    }),
  ),
  session: z.object({ id: z.string(), expiresAt: Time, authenticatedAt: Time }),
  client: z.object({
    address,
    network,
    trusted: z.boolean(),
    trustedUntil: Time.nullable(),
  }),
});
export type Me = z.infer<typeof Me>;

export const Challenge = z.object({
  id: z.string(),
  status: z.enum(['pending', 'verified', 'expired']),
  action,
  network: z.string(),
  expiresAt: Time,
  /**
   * Only while it is pending: a proof that named this challenge came from another network, and recorded that
   * one. `masked`: it is shown to whoever asks from it alone.
   */
  recorded: z.object({ network: z.string(), masked: z.boolean() }).optional(),
});
export type Challenge = z.infer<typeof Challenge>;

/** The members that `ip_verification_required` adds to a problem document. */
export const GateProblem = z.object({
  action,
  client: z.object({ address: z.string(), network: z.string() }),
  challenge: z.object({ id: z.string(), url: z.string(), expiresAt: Time }),
  methods: z.array(method),
});
export type GateProblem = z.infer<typeof GateProblem>;

/** The session's new token; only where the request bore one (a cookie is replaced in place). */
export const replacedToken = z.string().optional();

export const Verification = z.object({
  token: replacedToken,
  verifiedIp: VerifiedIp,
  /** The challenge that was named, as it stands now. */
  challenge: Challenge.optional(),
});
export type Verification = z.infer<typeof Verification>;

export const PasswordChanged = z.object({
  token: replacedToken,
  /** Null: the address of the request is unknown. */
  verifiedIp: VerifiedIp.nullable(),
});
export type PasswordChanged = z.infer<typeof PasswordChanged>;

/** A Team Computer as those who may connect to it see it. */
export const Computer = z.object({
  id: z.string(),
  name: z.string(),
  teamId: z.string(),
  online: z.boolean(),
  lastSeenAt: Time.nullable(),
});
export type Computer = z.infer<typeof Computer>;

/** A Team Computer as those who manage it see it. */
export const ManagedComputer = Computer.extend({
  ...masked,
  access: z.enum(['all', 'named']),
  /** How many it names; who they are is a list: `GET /teams/{teamId}/members?computerId=`. */
  namedUsers: z.int(),
  createdAt: Time,
  /** The program that speaks for it, or spoke last, and since when from this network; null: none yet. */
  host: z.object({ address, network, since: Time }).nullable(),
  /** Where its host key may be used; null: anywhere. */
  hostNetworks: z.array(z.string()).nullable(),
  /** When a second program last used its key while the first answered; null: not since it was made. */
  duplicate: z.object({ address, network, at: Time }).nullable(),
});
export type ManagedComputer = z.infer<typeof ManagedComputer>;

export const NewComputer = z.object({
  computer: ManagedComputer,
  hostKey: z.string(),
  /** What runs on the computer: from where, its SHA-256, and the npm package that it needs beside it. */
  program: z.object({ url: z.string(), sha256: z.string(), needs: z.string() }),
});
export type NewComputer = z.infer<typeof NewComputer>;

/** What a new team has done of what it takes to protect something. */
export const FirstSteps = z.object({
  /** There is a Team Computer; one was online; somebody has connected to one. */
  computer: z.boolean(),
  online: z.boolean(),
  connected: z.boolean(),
  secondOwner: z.boolean(),
  sso: z.enum(['open', 'set_up', 'not_needed']),
  /** `works`: a test mail has left. */
  mail: z.enum(['no_server', 'untested', 'works']),
  /** Nobody is to be shown this any more. */
  hidden: z.boolean(),
});
export type FirstSteps = z.infer<typeof FirstSteps>;

/** What became of a test mail, in words; `left`: the mail server has taken it. */
export const MailTested = z.object({ left: z.boolean(), message: z.string() });
export type MailTested = z.infer<typeof MailTested>;

export const Connection = z.object({
  id: z.string(),
  computerId: z.string(),
  state: z.enum(CONNECTION_STATES),
  createdAt: Time,
  expiresAt: Time,
  /** Why it was revoked or given up; null where its state says all. */
  endReason: z.enum(CONNECTION_END_REASONS).nullable(),
});
export type Connection = z.infer<typeof Connection>;
export const ShownConnection = z.object({ connection: Connection });

/** `incoming` and `outgoing` are requests that wait. */
export const FRIEND_STATES = ['friends', 'incoming', 'outgoing'] as const;

export const Friend = z.object({
  id: z.string(),
  state: z.enum(FRIEND_STATES),
  email: z.string(),
  /** Known once both are friends, or to the one who was asked. */
  name: z.string().nullable(),
  createdAt: Time,
});
export type Friend = z.infer<typeof Friend>;

export const Member = z.object({
  user: UserSummary,
  role,
  trustedNetworks: z.number(),
  lastSeenAt: Time.nullable(),
  /** How often, in the last 30 days, enforcing everything would have asked: once a network, however often it was used. */
  wouldBeBlocked: z.number(),
});
export type Member = z.infer<typeof Member>;

/** How a network was used; `uses` and `refused` are of the last 30 days. */
const use = {
  uses: z.int(),
  refused: z.int(),
  firstSeenAt: Time.nullable(),
  lastSeenAt: Time,
  state: z.enum(SEEN_NETWORK_STATES),
  /** When the first trust in it ends that stands. */
  trustedUntil: Time.nullable(),
};

/** A network that members of a team have verified, or were seen on. */
export const SeenNetwork = z.object({
  network: z.string(),
  /** What the team calls it. */
  name: z.string().nullable(),
  ...use,
  /** How many members were on it, how many of them have it trusted, and the latest of them. */
  members: z.int(),
  trusted: z.int(),
  latest: z.array(UserSummary).max(3),
  /** Whether it is the network of the request that asks. */
  current: z.boolean(),
});
export type SeenNetwork = z.infer<typeof SeenNetwork>;

/** A member on such a network. */
export const NetworkMember = z.object({ user: UserSummary, ...use });
export type NetworkMember = z.infer<typeof NetworkMember>;

/** `masked`: from a network that is not trusted no other is listed. */
export const SeenNetworks = countedPage(SeenNetwork).extend(masked);
export type SeenNetworks = z.infer<typeof SeenNetworks>;
export const NetworkMembers = countedPage(NetworkMember).extend(masked);
export type NetworkMembers = z.infer<typeof NetworkMembers>;

export const RevokedNetworks = z.object({ revoked: z.int() });
export const NamedNetworks = z.object({ named: z.int() });

export const Invite = z.object({
  id: z.string(),
  email: z.string(),
  role,
  createdAt: Time,
  expiresAt: Time,
});
export type Invite = z.infer<typeof Invite>;

/** `token` and `url` only where no mail goes out: else the mailbox alone has them. */
export const NewInvite = z.object({
  invite: Invite,
  token: z.string().optional(),
  url: z.string().optional(),
});
export type NewInvite = z.infer<typeof NewInvite>;

/** What an invitation is, to whoever has its link. */
export const OpenInvite = z.object({
  teamName: z.string(),
  invitedBy: z.string(),
  email: z.string(),
  role,
  expiresAt: Time,
  /** Somebody with this email has an account: its password is asked for, not a new one. */
  hasAccount: z.boolean(),
});
export type OpenInvite = z.infer<typeof OpenInvite>;

/** Whose password a mailed link resets. */
export const OpenReset = z.object({ maskedEmail: z.string(), expiresAt: Time });
export type OpenReset = z.infer<typeof OpenReset>;

export const AppRule = z.object({
  id: z.string(),
  name: z.string(),
  isDefault: z.boolean(),
  ipVerification: z.object({
    enabled: z.boolean(),
    /** While it is off: when it is on again by itself; null: when somebody switches it on. */
    offUntil: Time.nullable(),
    /** While it is off: why, and who switched it off; null where that is not known any more. */
    offReason: z.string().nullable(),
    offBy: UserSummary.nullable(),
    trustDays: z.number(),
    /** As many as trust may last here at most. */
    trustDaysMax: z.number(),
    actions: z.record(action, z.enum(MODES)),
  }),
  changedAt: Time.nullable(),
  changedBy: UserSummary.nullable(),
});
export type AppRule = z.infer<typeof AppRule>;

export const AuditEvent = z.object({
  ...masked,
  id: z.string(),
  /** Of the members of an event. */
  schema: z.literal(1),
  at: Time,
  type: z.string(),
  actorKind: z.enum(ACTOR_KINDS),
  /** The account as it is today; null: none did it, or it is gone. */
  actor: UserSummary.nullable(),
  /** `Name <email>` as they were then; what a computer or a provider was called. */
  actorLabel: z.string().nullable(),
  /** Whom it is about, where that is somebody else than the actor. */
  user: UserSummary.nullable(),
  userLabel: z.string().nullable(),
  /** The session by which it was done. */
  sessionId: z.string().nullable(),
  /** The Team Computer that did it. */
  computerId: z.string().nullable(),
  /** Of the Team Computer that it is about, as it is called today; null: about none, or it is gone. */
  computerName: z.string().nullable(),
  action: action.nullable(),
  network,
  address,
  finding: z.enum(Object.keys(FINDINGS) as Finding[]).nullable(),
  reason: z.string().nullable(),
  before: z.unknown(),
  after: z.unknown(),
  requestId: z.string().nullable(),
});
export type AuditEvent = z.infer<typeof AuditEvent>;

/** A filter of a team's events that has a name. */
export const EventFilter = z.object({
  ...masked,
  id: z.string(),
  name: z.string(),
  /** As `GET …/events` takes it. */
  query: z.record(z.string(), z.union([z.string(), z.array(z.string()), z.number()])),
  createdAt: Time,
});
export type EventFilter = z.infer<typeof EventFilter>;

/** How the server sees a request. */
/** What the containment of one's own account has ended. */
export const Reported = z.object({ endedSessions: z.number(), endedConnections: z.number() });
export type Reported = z.infer<typeof Reported>;

/** What the containment of a member has ended. */
export const Contained = z.object({ endedSessions: z.number(), revokedNetworks: z.number() });
export type Contained = z.infer<typeof Contained>;

export const ClientAddressView = z.object({
  address,
  network,
  reason: z.string().nullable(),
  peer: z.string().nullable(),
  hops: z.array(z.string()),
  header: z.string(),
  trusted: z.boolean(),
});
export type ClientAddressView = z.infer<typeof ClientAddressView>;

/** What the owners' page *How Gatehouse sees addresses* adds. */
export const AddressHealth = z.object({
  client: ClientAddressView,
  settings: z.object({
    trustedProxies: z.array(z.string()),
    header: z.string(),
    privateClients: z.enum(['allow', 'refuse']),
    ipv6Prefix: z.number(),
  }),
  warnings: z.array(z.object({ code: z.string(), message: z.string(), cure: z.string() })),
  sharedNetworks: z.array(z.object({ ...masked, network: z.string(), users: z.number() })),
});
export type AddressHealth = z.infer<typeof AddressHealth>;

/** A person and a network that were let through without its ever having been verified since. */
const NeverVerified = z.object({
  ...masked,
  user: UserSummary,
  network: z.string(),
  action,
  uses: z.number(),
  firstAt: Time,
  lastAt: Time,
});

/** What was used in a time, what was refused, and what enforcing everything would have meant. */
export const Impact = z.object({
  /** Days of UTC, both included; `dataSince`: of the first use that is kept, null: of none. */
  period: z.object({
    from: z.iso.date(),
    to: z.iso.date(),
    days: z.number(),
    dataSince: z.iso.date().nullable(),
  }),
  totals: z.object({
    people: z.number(),
    /** A person who was refused on a network and day. */
    prompts: z.number(),
    /** Those whose network its user verified within 10 minutes of a refusal. */
    passed: z.number(),
    passedMedianSeconds: z.number().nullable(),
    notPassed: z.number(),
    wouldPromptPeople: z.number(),
    wouldPrompts: z.number(),
  }),
  actions: z.array(
    z.object({
      action,
      mode: z.enum(MODES),
      uses: z.number(),
      people: z.number(),
      refused: z.number(),
      prompts: z.number(),
      passed: z.number(),
      wouldPrompts: z.number(),
      wouldPromptPeople: z.number(),
    }),
  ),
  /** `allowed` and `refused` in requests, `passed` and `wouldPrompt` in prompts. */
  daily: z.array(
    z.object({
      day: z.iso.date(),
      action,
      allowed: z.number(),
      refused: z.number(),
      passed: z.number(),
      wouldPrompt: z.number(),
    }),
  ),
  /** The 50 with most uses; `refused` in requests. */
  networks: z.array(
    z.object({
      ...masked,
      network: z.string(),
      people: z.number(),
      uses: z.number(),
      refused: z.number(),
    }),
  ),
  neverVerified: z.array(NeverVerified),
});
export type Impact = z.infer<typeof Impact>;

/** What an owner or admin looks at first: whether the team is protected, and what needs a look. */
export const Overview = z.object({
  impact: Impact,
  /** The Default ruleset. */
  rule: AppRule.nullable(),
  state: z.object({
    owners: z.number(),
    members: z.number(),
    /** Networks of members that are trusted, and those of them that end within 14 days. */
    trusted: z.number(),
    endingSoon: z.number(),
    computers: z.number(),
    computersOnline: z.number(),
    /** Not online, and not seen for a day. */
    computersAway: z.number(),
  }),
  lastRefusals: z.array(AuditEvent),
  /** Whether mail goes out. */
  hasMail: z.boolean(),
  /** Signs of a wrong setting of addresses; null for whom they are not shown to. */
  addressWarnings: z.number().nullable(),
});
export type Overview = z.infer<typeof Overview>;

const Simulated = z.object({ prompts: z.number(), people: z.number(), blockedUses: z.number() });

/** What another rule would have meant for what was used: nothing is stored or changed. */
export const Simulation = z.object({
  period: Impact.shape.period,
  before: Simulated,
  after: Simulated,
  perAction: z.array(z.object({ action, before: Simulated, after: Simulated })),
  /** Whom one of both asks, who would be asked most first; at most 500. */
  people: z.array(
    z.object({
      ...masked,
      user: UserSummary,
      before: z.number(),
      after: z.number(),
      networks: z.array(
        z.object({
          network: z.string(),
          firstAt: Time,
          uses: z.number(),
          /** Whether its user has verified it since. */
          verifiedSince: z.boolean(),
        }),
      ),
    }),
  ),
  /** What the data can't tell, in sentences. */
  notSimulated: z.array(z.string()),
});
export type Simulation = z.infer<typeof Simulation>;

/** This API, described (OpenAPI 3.1). */
export const OpenApi = z.looseObject({ openapi: z.literal('3.1.0') });
export type OpenApi = z.infer<typeof OpenApi>;

/** What an orchestrator reads. */
export const Health = z.object({ status: z.literal('ok') });
export type Health = z.infer<typeof Health>;
