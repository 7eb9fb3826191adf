import { z } from 'zod';
import {
  ACTION_NAMES,
  MODES,
  type Mode,
  TEAM_ACTIONS,
  type TeamAction,
} from '@/lib/policy/actions';
import { FINDINGS, type Finding } from '@/lib/policy/decide';
import { EVENT_ORDERS, EXPORT_FORMATS } from '@/lib/policy/event-export';
import { HOST_NETWORKS_MAX } from '@/lib/policy/host-networks';
import { parseNetwork } from '@/lib/policy/networks';
import { REPLAY_DAYS } from '@/lib/policy/replay';
import { ROLES } from '@/lib/policy/roles';
import { SEEN_NETWORK_STATES } from '@/lib/policy/trust';
import { hasUnseen, trimUnseen } from '@/lib/policy/visible-text';

import { EVENT_ROWS_MAX, PAGE_ROWS, PAGE_ROWS_MAX } from './paging';
import { FRIEND_STATES } from './resources';

/** What programs send. Objects are strict: an unknown field is refused, never ignored. */

/**
 * Text that a person typed, every name among it: one line, no control characters, no lone surrogates
 * (PostgreSQL holds neither), and nothing that nobody sees. At its ends such marks are pasted, and dropped.
 */
export const line = (max: number) =>
  z
    .string()
    // Before it is walked: many times what is allowed is not worth a look.
    .max(4 * max, `At most ${max} characters`)
    .transform(trimUnseen)
    .pipe(
      z
        .string()
        .min(1, 'Required')
        .max(max, `At most ${max} characters`)
        .refine(
          (text) => text.isWellFormed() && !/\p{Cc}/u.test(text),
          'Contains characters that are not allowed',
        )
        .refine(
          (text) => !hasUnseen(text),
          'Contains a character that nobody sees, perhaps from copying. Type it anew',
        ),
    );

/** As typed; normalised and checked by lib/policy/email.ts. */
const email = z.string().min(1, 'Required').max(320, 'At most 320 characters');

/** As typed, never trimmed; measured and checked by lib/policy/password.ts. */
export const password = z.string().min(1, 'Required').max(1024, 'At most 1,024 bytes');

export const token = z.string().min(1).max(200);

export const SetUpBody = z.strictObject({
  setupToken: z.string().min(1, 'Required').max(200),
  team: z.strictObject({ name: line(80) }),
  owner: z.strictObject({ name: line(80), email, password }),
});

export const LogInBody = z.strictObject({ email, password, client: line(120).optional() });

export const VerifyBody = z.strictObject({ password, challengeId: token.optional() });
export const VerifyChallengeBody = z.strictObject({ password });

/** Some of them by their ids, or all. */
const some = z.union([z.literal(true), z.array(token).min(1).max(100)]);

export const ContainBody = z
  .strictObject({ sessions: some.optional(), networks: some.optional(), reason: line(500) })
  .refine(({ sessions, networks }) => sessions ?? networks, 'Name sessions, networks or both');

export const ChangePasswordBody = z.strictObject({
  currentPassword: password,
  newPassword: password,
});
export const RequestResetBody = z.strictObject({ email });
/** Asks what a mailed link leads to. The token is in a body, since addresses are logged on the way. */
export const LinkBody = z.strictObject({ token });
export const ResetPasswordBody = z.strictObject({ token, password });

/** What the two ends of a connection say to each other through the server, which keeps it and reads nothing in it. */
export const jsonObject = z.record(z.string(), z.unknown());

/** What an offer may hold, as JSON in UTF-8: it is kept until its computer has answered. */
export const OFFER_BYTES_MAX = 16 * 1_024;
export const offerData = jsonObject.refine(
  (data) => new TextEncoder().encode(JSON.stringify(data)).length <= OFFER_BYTES_MAX,
  `An offer may hold ${OFFER_BYTES_MAX} bytes`,
);

export const ConnectBody = z.strictObject({ offer: offerData.optional() });

export const AddFriendBody = z.strictObject({ email });

/** What a form would hold, written as JSON. */
export const FormBody = z.record(z.string().max(100), z.union([z.string(), z.boolean()]));

export const EmptyBody = z.strictObject({});

export const RegisterComputerBody = z.strictObject({
  name: line(80),
  access: z.enum(['all', 'named']).optional(),
  userIds: z.array(z.string().max(64)).max(500).optional(),
});
export const ChangeComputerBody = z
  .strictObject({
    name: line(80).optional(),
    access: z.enum(['all', 'named']).optional(),
    userIds: z.array(z.string().max(64)).max(500).optional(),
    /** Where its host key may be used, as addresses and CIDRs; null: anywhere. */
    hostNetworks: z.array(z.string().max(100)).min(1).max(HOST_NETWORKS_MAX).nullable().optional(),
  })
  .refine((body) => Object.keys(body).length > 0, 'Nothing to change');

export const InviteBody = z.strictObject({ email, role: z.enum(ROLES) });
export const AcceptInviteBody = z.strictObject({ token, name: line(80), password });
export const ChangeMemberBody = z.strictObject({ role: z.enum(ROLES) });
export const RenameTeamBody = z.strictObject({ name: line(80) });

export const SettleFirstStepsBody = z.strictObject({
  hidden: z.boolean().optional(),
  ssoNotNeeded: z.boolean().optional(),
});

const modes = Object.fromEntries(
  TEAM_ACTIONS.map((action) => [action, z.enum(MODES).optional()]),
) as Record<TeamAction, z.ZodOptional<z.ZodEnum<{ [M in Mode]: M }>>>;

/** 90 days. */
const OFF_HOURS_MAX = 2_160;

export const ChangeAppRuleBody = z.strictObject({
  ipVerification: z
    .strictObject({
      enabled: z.boolean().optional(),
      /** With `enabled: false`: after so many hours it is on again by itself. Without it, when somebody switches it on. */
      offHours: z.int().min(1).max(OFF_HOURS_MAX).optional(),
      trustDays: z.int().min(1).optional(),
      actions: z.strictObject(modes).optional(),
    })
    .refine((body) => Object.keys(body).length > 0, 'Nothing to change')
    .refine((body) => body.offHours === undefined || body.enabled === false, {
      path: ['offHours'],
      message: 'Only with "enabled": false',
    }),
  reason: line(500).optional(),
});

export const ImpactQuery = z.strictObject({
  days: z.coerce.number().pipe(z.literal(REPLAY_DAYS)).default(30),
});
export const SimulationBody = z.strictObject({
  settings: ChangeAppRuleBody.shape.ipVerification,
  days: z.literal(REPLAY_DAYS).default(30),
});

/** What every list takes: how many rows, and after which; the `nextCursor` of the page before. */
const paging = {
  limit: z.coerce.number().int().min(1).max(PAGE_ROWS_MAX).default(PAGE_ROWS),
  cursor: z.string().min(1).max(1000).optional(),
};
const text = line(100).optional();
/** A part of a name (of people, of their email too), whatever its case; `q` is its older name. */
const search = { query: text, q: text };
type Search = { query?: string | undefined; q?: string | undefined };
const isOneSearch = ({ query, q }: Search) => query === undefined || q === undefined;
const TWO_SEARCHES = { path: ['q'], message: 'The older name of “query”: give one of them' };

/** What a list is ordered by; with `-` the other way round. */
const sort = <const By extends string>(...by: By[]) =>
  z.enum([...by, ...by.map((one) => `-${one}` as const)]).optional();

export const PageQuery = z.strictObject(paging);
export const SessionsQuery = z.strictObject({
  ...paging,
  /** A part of what the program calls itself, or of the last address. */
  query: text,
  sort: sort('client', 'lastSeenAt', 'createdAt'),
});
export const ComputersQuery = z
  .strictObject({ ...paging, ...search })
  .refine(isOneSearch, TWO_SEARCHES);

/** A whole list as a file. */
const file = { format: z.enum(['csv']).default('csv') };

const whichTeamComputers = {
  ...search,
  state: z.enum(['online', 'offline']).optional(),
  sort: sort('name', 'online', 'lastSeenAt', 'createdAt'),
};
export const TeamComputersQuery = z
  .strictObject({ ...paging, ...whichTeamComputers })
  .refine(isOneSearch, TWO_SEARCHES);
export const TeamComputersExportQuery = z
  .strictObject({ ...file, ...whichTeamComputers })
  .refine(isOneSearch, TWO_SEARCHES);

const whichMembers = {
  ...search,
  role: z.enum(ROLES).optional(),
  sort: sort('name', 'email', 'role', 'trustedNetworks', 'wouldBeBlocked', 'lastSeenAt'),
  /** Those whom a Team Computer names. */
  computerId: z.string().max(64).optional(),
};
export const MembersQuery = z
  .strictObject({ ...paging, ...whichMembers })
  .refine(isOneSearch, TWO_SEARCHES);
export const MembersExportQuery = z
  .strictObject({ ...file, ...whichMembers })
  .refine(isOneSearch, TWO_SEARCHES);

const whichSeenNetworks = {
  /** A part of a name, of a member's name or email, or of the network; or an address, or a CIDR. */
  query: text,
  userId: z.string().max(64).optional(),
  /** `refused`: in the last 30 days, however it stands. */
  state: z.enum([...SEEN_NETWORK_STATES, 'refused']).optional(),
  sort: sort('network', 'name', 'members', 'uses', 'refused', 'lastSeenAt'),
};
export const SeenNetworksQuery = z.strictObject({ ...paging, ...whichSeenNetworks });
export const SeenNetworksExportQuery = z.strictObject({ ...file, ...whichSeenNetworks });
const network = z.string().min(1).max(64);
export const NetworkMembersQuery = z.strictObject({ ...paging, network });
const networks = z.array(network).min(1).max(100);
export const RevokeNetworksBody = z.strictObject({ networks });
/** Null takes a name away. */
export const NameNetworksBody = z.strictObject({ networks, name: line(80).nullable() });

export const FriendsQuery = z.strictObject({ ...paging, state: z.enum(FRIEND_STATES).optional() });

/** An instant of the years 1 to 9999 in UTC: of others PostgreSQL and JavaScript have different texts, or none. */
const instant = z.iso.datetime({ offset: true }).refine((text) => {
  const year = new Date(text).getUTCFullYear();
  return year >= 1 && year <= 9999;
}, 'Not in the years 1 to 9999');

const id = z.string().min(1).max(64);
const isNetwork = (text: string) => !('error' in parseNetwork(text));

/** Which events: all that is named must be so. */
const eventFilter = {
  /** One or more; with `.*` at its end, all that begin so. */
  type: z
    .array(z.string().regex(/^(?=.{1,64}$)[a-z_.]+(?:\.\*)?$/))
    .min(1)
    .max(50)
    .optional(),
  /** By whom it was done, or whom it is about. */
  userId: id.optional(),
  actorId: id.optional(),
  sessionId: id.optional(),
  /** The Team Computer that it is about. */
  computerId: id.optional(),
  action: z.enum(ACTION_NAMES).optional(),
  finding: z.enum(Object.keys(FINDINGS) as Finding[]).optional(),
  /** An address or a CIDR: events from inside it. */
  network: z
    .string()
    .max(100)
    .refine(isNetwork, 'Write an address, or a range such as 203.0.113.0/24')
    .optional(),
  requestId: z.string().min(1).max(100).optional(),
  after: instant.optional(),
  before: instant.optional(),
};

export const EventsQuery = z.strictObject({
  ...paging,
  limit: z.coerce.number().int().min(1).max(EVENT_ROWS_MAX).default(PAGE_ROWS),
  ...eventFilter,
  order: z.enum(EVENT_ORDERS).default('desc'),
});
export const EventsExportQuery = z.strictObject({
  format: z.enum(EXPORT_FORMATS),
  ...eventFilter,
  order: z.enum(EVENT_ORDERS).default('desc'),
});

/** What is kept of a filter: without where one is in the list. */
export const SavedEventFilter = z.strictObject({
  ...eventFilter,
  limit: z.int().min(1).max(EVENT_ROWS_MAX).optional(),
  order: z.enum(EVENT_ORDERS).optional(),
});
export const SaveEventFilterBody = z.strictObject({ name: line(80), query: SavedEventFilter });
export const ChangeEventFilterBody = z
  .strictObject({ name: line(80).optional(), query: SavedEventFilter.optional() })
  .refine((body) => Object.keys(body).length > 0, 'Nothing to change');
