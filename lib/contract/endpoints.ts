import type { z } from 'zod';
import type { Action } from '@/lib/policy/actions';
import type { Permission } from '@/lib/policy/roles';
import type { ErrorCode } from './errors';
import {
  AddressHealth,
  AppRule,
  AuditEvent,
  Challenge,
  ClientAddressView,
  Computer,
  Contained,
  countedPage,
  EventFilter,
  FirstSteps,
  Friend,
  Health,
  Impact,
  Invite,
  MailTested,
  ManagedComputer,
  Me,
  Member,
  NamedNetworks,
  NetworkMembers,
  NewComputer,
  NewInvite,
  NewSession,
  OpenApi,
  OpenInvite,
  OpenReset,
  Overview,
  PasswordChanged,
  page,
  Reported,
  Requested,
  RevokedNetworks,
  SeenNetworks,
  SessionSummary,
  SetUp,
  ShownConnection,
  Simulation,
  TeamSummary,
  Verification,
  VerifiedIp,
} from './resources';
import {
  AcceptInviteBody,
  AddFriendBody,
  ChangeAppRuleBody,
  ChangeComputerBody,
  ChangeEventFilterBody,
  ChangeMemberBody,
  ChangePasswordBody,
  ComputersQuery,
  ConnectBody,
  ContainBody,
  EmptyBody,
  EventsExportQuery,
  EventsQuery,
  FriendsQuery,
  ImpactQuery,
  InviteBody,
  LinkBody,
  LogInBody,
  MembersExportQuery,
  MembersQuery,
  NameNetworksBody,
  NetworkMembersQuery,
  PageQuery,
  RegisterComputerBody,
  RenameTeamBody,
  RequestResetBody,
  ResetPasswordBody,
  RevokeNetworksBody,
  SaveEventFilterBody,
  SeenNetworksExportQuery,
  SeenNetworksQuery,
  SessionsQuery,
  SettleFirstStepsBody,
  SetUpBody,
  SimulationBody,
  TeamComputersExportQuery,
  TeamComputersQuery,
  VerifyBody,
  VerifyChallengeBody,
} from './schemas';
import {
  AddSsoDomainBody,
  ChangeProviderBody,
  ChangeSsoRequirementBody,
  CheckProviderBody,
  CompletedSsoFlow,
  CompleteSsoFlowBody,
  CreateProviderBody,
  JoinedSso,
  JoinSsoBody,
  LogInMethods,
  LogInMethodsBody,
  Provider,
  ProviderCheck,
  ReservedProvider,
  SsoDomain,
  SsoRequirement,
  StartedSsoFlow,
  StartSsoFlowBody,
} from './sso';

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** One call: who may make it, what it takes, what it answers. */
export type Endpoint = {
  /** `none`: anybody may. `optional`: too, and who is signed in is known. */
  session: 'none' | 'optional' | 'required';
  /** What the caller's role in the path's team must allow. */
  permission?: Permission;
  /** The gated action of a call with a session; default `api.read`. `never`: the call by which one gets through the gate. */
  gate?: Action | 'never';
  /** Needs a full authentication at most 15 minutes ago, on this network. */
  fresh?: true;
  /** The path's `id` is a Team Computer that the user may connect to; else 404. */
  computer?: true;
  /** Shape of the JSON body. Without it a body is not read. */
  body?: z.ZodType;
  /** Shape of the query string. Without it the query string is not read. */
  query?: z.ZodType;
  /** Of a success; default 200, or 204 where nothing is answered. */
  status?: 201 | 202;
  /** What a success answers; without it, nothing. */
  answer?: z.ZodType;
  /** What a success sends instead, as it is read: the media types that it may have. */
  download?: readonly string[];
  /** Its own refusals, beside those that follow from all this (lib/contract/codes.ts). */
  codes?: readonly ErrorCode[];
};

const open = { session: 'none' } as const;
const visited = { session: 'optional' } as const;
const signedIn = { session: 'required' } as const;
const onTeam = <const P extends Permission>(permission: P) =>
  ({ session: 'required', permission }) as const;
/** Changes a team. */
const managing = <const P extends Permission>(permission: P) =>
  ({ session: 'required', permission, gate: 'team.manage' }) as const;
/** Changes what the security of a team rests on. */
const securing = <const P extends Permission>(permission: P) =>
  ({ session: 'required', permission, gate: 'team.manage', fresh: true }) as const;

/**
 * Every call, by its method and its path: below `/api/v1`, unless it says otherwise. The server serves them
 * from here, clients call by these names, and tests ask each for what it must refuse. `{…}` is one segment.
 */
export const ENDPOINTS = {
  'GET /api/health/live': { ...open, answer: Health },
  'GET /api/health/ready': { ...open, answer: Health },
  'GET /openapi.json': { ...open, answer: OpenApi },

  'POST /setup': {
    ...open,
    body: SetUpBody,
    status: 201,
    answer: SetUp,
    codes: ['already_set_up', 'invalid_setup_token'],
  },
  'POST /log-in-methods': { ...open, body: LogInMethodsBody, answer: LogInMethods },

  'GET /sessions': { ...signedIn, query: SessionsQuery, answer: countedPage(SessionSummary) },
  'POST /sessions': {
    ...open,
    body: LogInBody,
    status: 201,
    answer: NewSession,
    codes: ['invalid_credentials', 'sso_required'],
  },
  /** Signs out everywhere. */
  'DELETE /sessions': signedIn,
  /** `current` is an alias for the session that asks. */
  'DELETE /sessions/{id}': signedIn,

  'GET /me': { ...signedIn, answer: Me },
  'POST /me/password': {
    ...signedIn,
    gate: 'account.manage',
    body: ChangePasswordBody,
    answer: PasswordChanged,
    codes: ['invalid_credentials', 'sso_required'],
  },
  /** For whoever was shown a prompt that he did not bring about: it only takes away, and needs no proof. */
  'POST /me/containment': { ...signedIn, gate: 'never', body: EmptyBody, answer: Reported },
  'GET /me/verified-ips': { ...signedIn, query: PageQuery, answer: page(VerifiedIp) },
  'DELETE /me/verified-ips': signedIn,
  'DELETE /me/verified-ips/{id}': signedIn,
  'GET /client-address': { ...signedIn, gate: 'never', answer: ClientAddressView },

  'POST /verifications': {
    ...signedIn,
    gate: 'never',
    body: VerifyBody,
    status: 201,
    answer: Verification,
    codes: ['conflict', 'invalid_credentials', 'sso_required', 'client_address_unknown'],
  },
  /** For programs that wait. The unguessable id is the credential. */
  'GET /challenges/{id}': { ...open, answer: Challenge },
  /** The prompt page where nobody is signed in; the password is the proof, and nobody is signed in after it. */
  'POST /challenges/{id}/verifications': {
    ...open,
    body: VerifyChallengeBody,
    status: 201,
    answer: Verification,
    codes: ['conflict', 'invalid_credentials', 'sso_required', 'client_address_unknown'],
  },

  'POST /password-resets': { ...open, body: RequestResetBody, status: 202, answer: Requested },
  'POST /password-resets/lookup': { ...open, body: LinkBody, answer: OpenReset },
  'POST /password-resets/redeem': { ...open, body: ResetPasswordBody },

  'GET /computers': { ...signedIn, query: ComputersQuery, answer: page(Computer) },
  'POST /computers/{id}/connections': {
    ...signedIn,
    gate: 'computer.connect',
    computer: true,
    body: ConnectBody,
    status: 201,
    answer: ShownConnection,
  },
  'GET /connections/{id}': { ...signedIn, answer: ShownConnection },
  'DELETE /connections/{id}': signedIn,

  'GET /friends': { ...signedIn, query: FriendsQuery, answer: page(Friend) },
  'POST /friends': {
    ...signedIn,
    gate: 'friend.add',
    body: AddFriendBody,
    status: 202,
    answer: Requested,
  },
  'POST /friends/{id}/accept': {
    ...signedIn,
    gate: 'friend.add',
    body: EmptyBody,
    answer: Friend,
  },
  'DELETE /friends/{id}': { ...signedIn, gate: 'friend.add' },

  'GET /teams/{teamId}': { ...onTeam('team.view'), answer: TeamSummary },
  'PATCH /teams/{teamId}': {
    ...managing('team.change'),
    body: RenameTeamBody,
    answer: TeamSummary,
  },

  'GET /teams/{teamId}/first-steps': { ...onTeam('team.change'), answer: FirstSteps },
  'PATCH /teams/{teamId}/first-steps': {
    ...managing('team.change'),
    body: SettleFirstStepsBody,
    answer: FirstSteps,
  },
  /** To the address of whoever asks. */
  'POST /teams/{teamId}/test-mails': {
    ...managing('team.change'),
    body: EmptyBody,
    answer: MailTested,
  },

  'GET /teams/{teamId}/members': {
    ...onTeam('members.view'),
    query: MembersQuery,
    answer: countedPage(Member),
  },
  'GET /teams/{teamId}/members/export': {
    ...onTeam('members.view'),
    query: MembersExportQuery,
    download: ['text/csv'],
  },
  'GET /teams/{teamId}/members/{userId}': { ...onTeam('members.view'), answer: Member },
  'PATCH /teams/{teamId}/members/{userId}': {
    ...securing('members.manage'),
    body: ChangeMemberBody,
    answer: Member,
    codes: ['conflict', 'last_owner'],
  },
  /** Members may leave by themselves; for anybody else the service looks at the role. */
  'DELETE /teams/{teamId}/members/{userId}': {
    ...securing('team.view'),
    codes: ['conflict', 'last_owner'],
  },
  'GET /teams/{teamId}/members/{userId}/verified-ips': {
    ...onTeam('verified-ips.view'),
    query: PageQuery,
    answer: page(VerifiedIp),
  },
  /** All of them. Owners and admins may revoke anybody's in the team: it takes away, and gives nothing. */
  'DELETE /teams/{teamId}/members/{userId}/verified-ips': managing('verified-ips.revoke'),
  'DELETE /teams/{teamId}/members/{userId}/verified-ips/{id}': managing('verified-ips.revoke'),

  /** `/teams/{teamId}/networks` is kept for networks that a whole team trusts. */
  'GET /teams/{teamId}/seen-networks': {
    ...onTeam('verified-ips.view'),
    query: SeenNetworksQuery,
    answer: SeenNetworks,
  },
  'GET /teams/{teamId}/seen-networks/export': {
    ...onTeam('verified-ips.view'),
    query: SeenNetworksExportQuery,
    download: ['text/csv'],
  },
  'GET /teams/{teamId}/seen-networks/members': {
    ...onTeam('verified-ips.view'),
    query: NetworkMembersQuery,
    answer: NetworkMembers,
  },
  'POST /teams/{teamId}/seen-networks/revocations': {
    ...managing('verified-ips.revoke'),
    body: RevokeNetworksBody,
    answer: RevokedNetworks,
  },
  'POST /teams/{teamId}/seen-networks/names': {
    ...managing('team.change'),
    body: NameNetworksBody,
    answer: NamedNetworks,
  },

  'GET /teams/{teamId}/members/{userId}/sessions': {
    ...onTeam('sessions.view'),
    query: SessionsQuery,
    answer: countedPage(SessionSummary),
  },
  /** An admin never of an owner. */
  'POST /teams/{teamId}/members/{userId}/containment': {
    ...securing('members.contain'),
    body: ContainBody,
    answer: Contained,
  },

  'GET /teams/{teamId}/invites': {
    ...onTeam('members.view'),
    query: PageQuery,
    answer: page(Invite),
  },
  /** Inviting an owner or admin needs a fresh authentication; the service asks, since the role is in the body. */
  'POST /teams/{teamId}/invites': {
    ...managing('members.manage'),
    body: InviteBody,
    status: 201,
    answer: NewInvite,
    codes: ['conflict', 'reauthentication_required'],
  },
  'DELETE /teams/{teamId}/invites/{id}': managing('members.manage'),
  'POST /invites/lookup': { ...open, body: LinkBody, answer: OpenInvite },
  'POST /invites/accept': {
    ...visited,
    body: AcceptInviteBody,
    status: 201,
    answer: NewSession,
    codes: ['conflict', 'invalid_credentials', 'sso_required'],
  },

  'GET /teams/{teamId}/app-rules': {
    ...onTeam('rules.view'),
    query: PageQuery,
    answer: page(AppRule),
  },
  'PATCH /teams/{teamId}/app-rules/{ruleId}': {
    ...securing('rules.change'),
    body: ChangeAppRuleBody,
    answer: AppRule,
  },

  'GET /teams/{teamId}/computers': {
    ...onTeam('computers.manage'),
    query: TeamComputersQuery,
    answer: countedPage(ManagedComputer),
  },
  'GET /teams/{teamId}/computers/export': {
    ...onTeam('computers.manage'),
    query: TeamComputersExportQuery,
    download: ['text/csv'],
  },
  'POST /teams/{teamId}/computers': {
    ...managing('computers.manage'),
    body: RegisterComputerBody,
    status: 201,
    answer: NewComputer,
  },
  'PATCH /teams/{teamId}/computers/{id}': {
    ...securing('computers.manage'),
    body: ChangeComputerBody,
    answer: ManagedComputer,
  },
  'DELETE /teams/{teamId}/computers/{id}': securing('computers.manage'),
  'POST /teams/{teamId}/computers/{id}/keys': {
    ...securing('computers.manage'),
    body: EmptyBody,
    status: 201,
    answer: NewComputer,
  },

  'GET /teams/{teamId}/sso-connections': {
    ...onTeam('sso.view'),
    query: PageQuery,
    answer: page(Provider),
  },
  'POST /teams/{teamId}/sso-connections': {
    ...securing('sso.change'),
    body: CreateProviderBody,
    status: 201,
    answer: Provider,
    codes: ['conflict', 'url_not_allowed', 'provider_unavailable'],
  },
  'GET /teams/{teamId}/sso-connections/{id}': { ...onTeam('sso.view'), answer: Provider },
  /** Stores nothing: what a provider must be told is known before it is added. */
  'POST /teams/{teamId}/sso-reservations': {
    ...managing('sso.change'),
    body: EmptyBody,
    status: 201,
    answer: ReservedProvider,
  },
  /** Asks what an owner typed. What is wrong with it is a result. */
  'POST /teams/{teamId}/sso-checks': {
    ...securing('sso.change'),
    body: CheckProviderBody,
    answer: ProviderCheck,
  },
  'PATCH /teams/{teamId}/sso-connections/{id}': {
    ...securing('sso.change'),
    body: ChangeProviderBody,
    answer: Provider,
    codes: ['conflict', 'url_not_allowed', 'provider_unavailable'],
  },
  'DELETE /teams/{teamId}/sso-connections/{id}': securing('sso.change'),
  'POST /teams/{teamId}/sso-connections/{id}/domains': {
    ...securing('sso.change'),
    body: AddSsoDomainBody,
    status: 201,
    answer: SsoDomain,
    codes: ['conflict'],
  },
  'DELETE /teams/{teamId}/sso-connections/{id}/domains/{domainId}': securing('sso.change'),
  'POST /teams/{teamId}/sso-connections/{id}/domains/{domainId}/proof': {
    ...securing('sso.change'),
    body: EmptyBody,
    answer: SsoDomain,
    codes: ['conflict'],
  },
  'GET /teams/{teamId}/sso-requirement': { ...onTeam('sso.view'), answer: SsoRequirement },
  'PATCH /teams/{teamId}/sso-requirement': {
    ...securing('sso.change'),
    body: ChangeSsoRequirementBody,
    answer: SsoRequirement,
  },
  'POST /sso-flows': {
    ...visited,
    body: StartSsoFlowBody,
    status: 201,
    answer: StartedSsoFlow,
    codes: ['unauthenticated', 'client_address_unknown'],
  },
  'POST /sso-flows/complete': {
    ...visited,
    body: CompleteSsoFlowBody,
    answer: CompletedSsoFlow,
    codes: ['unauthenticated', 'sso_refused'],
  },
  'POST /sso-flows/join': {
    ...visited,
    body: JoinSsoBody,
    status: 201,
    answer: JoinedSso,
    codes: ['invalid_credentials', 'sso_refused', 'sso_required'],
  },
  'POST /sso-flows/join-mail': {
    ...visited,
    body: EmptyBody,
    status: 202,
    answer: Requested,
    codes: ['sso_refused'],
  },

  'GET /teams/{teamId}/events': {
    ...onTeam('events.view'),
    query: EventsQuery,
    answer: page(AuditEvent),
    /** A network to look for, where networks are hidden. */
    codes: ['ip_verification_required', 'client_address_unknown'],
  },
  'GET /teams/{teamId}/events/export': {
    ...onTeam('events.view'),
    query: EventsExportQuery,
    download: ['text/csv', 'application/x-ndjson'],
    codes: ['ip_verification_required', 'client_address_unknown'],
  },
  'GET /teams/{teamId}/event-filters': {
    ...onTeam('events.view'),
    query: PageQuery,
    answer: page(EventFilter),
  },
  'POST /teams/{teamId}/event-filters': {
    ...managing('events.view'),
    body: SaveEventFilterBody,
    status: 201,
    answer: EventFilter,
    codes: ['conflict'],
  },
  'PATCH /teams/{teamId}/event-filters/{id}': {
    ...managing('events.view'),
    body: ChangeEventFilterBody,
    answer: EventFilter,
  },
  'DELETE /teams/{teamId}/event-filters/{id}': managing('events.view'),
  'GET /teams/{teamId}/overview': {
    ...onTeam('impact.view'),
    query: ImpactQuery,
    answer: Overview,
  },
  'GET /teams/{teamId}/impact': {
    ...onTeam('impact.view'),
    query: ImpactQuery,
    answer: Impact,
  },
  /** What a change of the Default ruleset would have meant; it stores and changes nothing. */
  'POST /teams/{teamId}/simulations': {
    ...onTeam('impact.view'),
    body: SimulationBody,
    answer: Simulation,
  },
  'GET /teams/{teamId}/address-health': { ...onTeam('addresses.view'), answer: AddressHealth },

  /** Who asks to upgrade never comes here: see lib/ws. */
  'GET /ws': { ...open, codes: ['upgrade_required'] },
} as const satisfies Record<`${Method} /${string}`, Endpoint>;

/** The name of a call. */
export type Call = keyof typeof ENDPOINTS;
type Of<C extends Call> = (typeof ENDPOINTS)[C];

type NamesIn<Path extends string> = Path extends `${string}{${infer Name}}${infer Rest}`
  ? Name | NamesIn<Rest>
  : never;
/** What stands in a path: `/teams/{teamId}/members/{userId}` → `teamId`, `userId`. */
export type ParamsOf<C extends Call> = Record<NamesIn<C>, string>;

type InputOf<E, Part extends 'body' | 'query'> =
  E extends Record<Part, infer S extends z.ZodType> ? z.input<S> : undefined;
type OutputOf<E, Part extends 'body' | 'query'> =
  E extends Record<Part, infer S extends z.ZodType> ? z.output<S> : undefined;
/** As a caller writes it. */
export type BodyOf<C extends Call> = InputOf<Of<C>, 'body'>;
export type QueryOf<C extends Call> = InputOf<Of<C>, 'query'>;
/** As the server reads it. */
export type ReadBodyOf<C extends Call> = OutputOf<Of<C>, 'body'>;
export type ReadQueryOf<C extends Call> = OutputOf<Of<C>, 'query'>;
export type AnswerOf<C extends Call> =
  Of<C> extends { answer: infer S extends z.ZodType } ? z.output<S> : undefined;
/** A call whose answer is a list. */
export type ListCall = {
  [C in Call]: AnswerOf<C> extends { data: unknown[]; nextCursor: string | null } ? C : never;
}[Call];
export type RowOf<C extends ListCall> = AnswerOf<C> extends { data: (infer Row)[] } ? Row : never;
