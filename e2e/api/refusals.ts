import type { Action } from '@/lib/policy/actions';
import type { Permission, Role } from '@/lib/policy/roles';

/**
 * Every call and who is refused at it. One generic test calls each of them without a session, from an
 * unverified network, as another team, as too low a role, not freshly authenticated, and with a spoofed
 * header; `lib/route-coverage.test.ts` fails for a route that has no row here, for a row that has no
 * route, and for a row that says something else than the route's declaration.
 *
 * `{name}` in a path or in a body stands for a thing that the test has made.
 */

/** What paths and bodies may name. All belong to one team and its members. */
export const FIXTURES = [
  'teamId',
  /** A member of the team, not the one who calls. */
  'memberId',
  'ruleId',
  /** A Team Computer that all members may connect to. */
  'computerId',
  /** An open invitation to the team. */
  'inviteId',
  /** A verified IP of `memberId`. */
  'memberVerifiedIpId',
  /** Of the caller: a verified IP other than the one he calls from. */
  'ownVerifiedIpId',
  /** Of the caller: another session. */
  'ownSessionId',
  /** Of the caller: a connection that waits for its host. */
  'ownConnectionId',
  /** A friend request to the caller. */
  'friendRequestId',
  /** A pending challenge of the caller. */
  'challengeId',
  /** Of the team, and enabled. */
  'ssoConnectionId',
  /** Of that connection; its record stands in DNS, and nobody has looked yet. */
  'ssoDomainId',
  /** A domain of the team's that is proven. */
  'provenDomainId',
  /** A certificate of an identity provider, in PEM. */
  'certificate',
  'callerId',
  /** The caller's password. */
  'password',
] as const;
export type Fixture = (typeof FIXTURES)[number];

export type Refusals = {
  /** `none`: anybody may call. `optional`: too, and who is signed in is known. */
  session: 'none' | 'optional' | 'required';
  /** The gated action; `never` passes from any network. Null where there is no session to gate. */
  gate: Action | 'never' | null;
  /** Needs a full authentication at most 15 minutes old, on this network. */
  fresh: boolean;
  /** What the role in the path's team must allow. Null: the call is on no team. */
  permission: Permission | null;
  /** A role in the team that is answered 403 `forbidden`; null: every role may call. */
  forbiddenTo: Role | null;
  /**
   * Whether somebody who is in no common team, verified and fresh, is answered 404 `not_found`: for
   * what belongs to a team or to one user.
   */
  isHiddenFromOthers: boolean;
  /** Below `/api/v1`, or `//api/…` for the few calls outside of it. */
  path: string;
  /** A valid body; undefined: none is sent. */
  body?: unknown;
};

const open = { session: 'none', gate: null, fresh: false } as const;
const optional = { session: 'optional', gate: null, fresh: false } as const;
const signedIn = { session: 'required', gate: 'api.read', fresh: false } as const;
const teamless = { permission: null, forbiddenTo: null, isHiddenFromOthers: false } as const;
/** Of one user: another one's id is as good as none. */
const own = { permission: null, forbiddenTo: null, isHiddenFromOthers: true } as const;
const managed = { session: 'required', gate: 'team.manage', fresh: false } as const;
const setting = { session: 'required', gate: 'team.manage', fresh: true } as const;

const onTeam = (permission: Permission, forbiddenTo: Role | null) => ({
  permission,
  forbiddenTo,
  isHiddenFromOthers: true,
});

export const REFUSALS: Record<string, Refusals> = {
  'GET /api/health/live': { ...open, ...teamless, path: '//api/health/live' },
  'GET /api/health/ready': { ...open, ...teamless, path: '//api/health/ready' },

  'POST /api/v1/setup': {
    ...open,
    ...teamless,
    path: '/setup',
    body: {
      setupToken: 'not the token of this server',
      team: { name: 'Another' },
      owner: { name: 'Somebody', email: 'somebody@example.com', password: 'a long enough one' },
    },
  },
  'GET /api/v1/sessions': { ...signedIn, ...teamless, path: '/sessions' },
  'POST /api/v1/sessions': {
    ...open,
    ...teamless,
    path: '/sessions',
    body: { email: 'nobody@example.com', password: 'not a password' },
  },
  'DELETE /api/v1/sessions': { ...signedIn, ...teamless, path: '/sessions' },
  'DELETE /api/v1/sessions/{id}': { ...signedIn, ...own, path: '/sessions/{ownSessionId}' },

  'GET /api/v1/me': { ...signedIn, ...teamless, path: '/me' },
  'POST /api/v1/me/password': {
    ...teamless,
    session: 'required',
    gate: 'account.manage',
    fresh: false,
    path: '/me/password',
    body: { currentPassword: '{password}', newPassword: 'another good long one' },
  },
  'GET /api/v1/me/verified-ips': { ...signedIn, ...teamless, path: '/me/verified-ips' },
  'DELETE /api/v1/me/verified-ips': { ...signedIn, ...teamless, path: '/me/verified-ips' },
  'DELETE /api/v1/me/verified-ips/{id}': {
    ...signedIn,
    ...own,
    path: '/me/verified-ips/{ownVerifiedIpId}',
  },
  'GET /api/v1/client-address': {
    ...teamless,
    session: 'required',
    gate: 'never',
    fresh: false,
    path: '/client-address',
  },

  'POST /api/v1/verifications': {
    ...teamless,
    session: 'required',
    gate: 'never',
    fresh: false,
    path: '/verifications',
    body: { password: '{password}' },
  },
  'GET /api/v1/challenges/{id}': { ...open, ...teamless, path: '/challenges/{challengeId}' },
  'POST /api/v1/challenges/{id}/verifications': {
    ...open,
    ...teamless,
    path: '/challenges/{challengeId}/verifications',
    body: { password: '{password}' },
  },

  'POST /api/v1/password-resets': {
    ...open,
    ...teamless,
    path: '/password-resets',
    body: { email: 'nobody@example.com' },
  },
  'POST /api/v1/password-resets/lookup': {
    ...open,
    ...teamless,
    path: '/password-resets/lookup',
    body: { token: 'no such token' },
  },
  'POST /api/v1/password-resets/redeem': {
    ...open,
    ...teamless,
    path: '/password-resets/redeem',
    body: { token: 'no such token', password: 'another good long one' },
  },

  'GET /api/v1/computers': { ...signedIn, ...teamless, path: '/computers' },
  'POST /api/v1/computers/{id}/connections': {
    ...own,
    session: 'required',
    gate: 'computer.connect',
    fresh: false,
    path: '/computers/{computerId}/connections',
    body: {},
  },
  'GET /api/v1/connections/{id}': { ...signedIn, ...own, path: '/connections/{ownConnectionId}' },
  'DELETE /api/v1/connections/{id}': {
    ...signedIn,
    ...own,
    path: '/connections/{ownConnectionId}',
  },

  'GET /api/v1/friends': { ...signedIn, ...teamless, path: '/friends' },
  'POST /api/v1/friends': {
    ...teamless,
    session: 'required',
    gate: 'friend.add',
    fresh: false,
    path: '/friends',
    body: { email: 'friend@example.com' },
  },
  'POST /api/v1/friends/{id}/accept': {
    ...own,
    session: 'required',
    gate: 'friend.add',
    fresh: false,
    path: '/friends/{friendRequestId}/accept',
    body: {},
  },
  'DELETE /api/v1/friends/{id}': {
    ...own,
    session: 'required',
    gate: 'friend.add',
    fresh: false,
    path: '/friends/{friendRequestId}',
  },

  'GET /api/v1/teams/{teamId}': {
    ...signedIn,
    ...onTeam('team.view', null),
    path: '/teams/{teamId}',
  },
  'PATCH /api/v1/teams/{teamId}': {
    ...managed,
    ...onTeam('team.change', 'member'),
    path: '/teams/{teamId}',
    body: { name: 'A new name' },
  },

  'GET /api/v1/teams/{teamId}/members': {
    ...signedIn,
    ...onTeam('members.view', 'member'),
    path: '/teams/{teamId}/members',
  },
  'GET /api/v1/teams/{teamId}/members/{userId}': {
    ...signedIn,
    ...onTeam('members.view', 'member'),
    path: '/teams/{teamId}/members/{memberId}',
  },
  'PATCH /api/v1/teams/{teamId}/members/{userId}': {
    ...setting,
    ...onTeam('members.manage', 'member'),
    path: '/teams/{teamId}/members/{memberId}',
    body: { role: 'admin' },
  },
  // Everybody may leave, so the declaration asks for less than what removing another one needs.
  'DELETE /api/v1/teams/{teamId}/members/{userId}': {
    ...setting,
    ...onTeam('team.view', 'member'),
    path: '/teams/{teamId}/members/{memberId}',
  },
  'GET /api/v1/teams/{teamId}/members/{userId}/verified-ips': {
    ...signedIn,
    ...onTeam('verified-ips.view', 'member'),
    path: '/teams/{teamId}/members/{memberId}/verified-ips',
  },
  'DELETE /api/v1/teams/{teamId}/members/{userId}/verified-ips': {
    ...managed,
    ...onTeam('verified-ips.revoke', 'member'),
    path: '/teams/{teamId}/members/{memberId}/verified-ips',
  },
  'DELETE /api/v1/teams/{teamId}/members/{userId}/verified-ips/{id}': {
    ...managed,
    ...onTeam('verified-ips.revoke', 'member'),
    path: '/teams/{teamId}/members/{memberId}/verified-ips/{memberVerifiedIpId}',
  },

  'GET /api/v1/teams/{teamId}/invites': {
    ...signedIn,
    ...onTeam('members.view', 'member'),
    path: '/teams/{teamId}/invites',
  },
  'POST /api/v1/teams/{teamId}/invites': {
    ...managed,
    ...onTeam('members.manage', 'member'),
    path: '/teams/{teamId}/invites',
    body: { email: 'newcomer@example.com', role: 'member' },
  },
  'DELETE /api/v1/teams/{teamId}/invites/{id}': {
    ...managed,
    ...onTeam('members.manage', 'member'),
    path: '/teams/{teamId}/invites/{inviteId}',
  },
  'POST /api/v1/invites/lookup': {
    ...open,
    ...teamless,
    path: '/invites/lookup',
    body: { token: 'no such token' },
  },
  'POST /api/v1/invites/accept': {
    ...open,
    ...teamless,
    path: '/invites/accept',
    body: { token: 'no such token', name: 'Somebody', password: 'another good long one' },
  },

  'GET /api/v1/teams/{teamId}/app-rules': {
    ...signedIn,
    ...onTeam('rules.view', 'member'),
    path: '/teams/{teamId}/app-rules',
  },
  'PATCH /api/v1/teams/{teamId}/app-rules/{ruleId}': {
    ...setting,
    ...onTeam('rules.change', 'admin'),
    path: '/teams/{teamId}/app-rules/{ruleId}',
    body: { ipVerification: { trustDays: 30 } },
  },

  'GET /api/v1/teams/{teamId}/computers': {
    ...signedIn,
    ...onTeam('computers.manage', 'member'),
    path: '/teams/{teamId}/computers',
  },
  'POST /api/v1/teams/{teamId}/computers': {
    ...managed,
    ...onTeam('computers.manage', 'member'),
    path: '/teams/{teamId}/computers',
    body: { name: 'A computer' },
  },
  'PATCH /api/v1/teams/{teamId}/computers/{id}': {
    ...setting,
    ...onTeam('computers.manage', 'member'),
    path: '/teams/{teamId}/computers/{computerId}',
    body: { name: 'A better name' },
  },
  'DELETE /api/v1/teams/{teamId}/computers/{id}': {
    ...setting,
    ...onTeam('computers.manage', 'member'),
    path: '/teams/{teamId}/computers/{computerId}',
  },
  'POST /api/v1/teams/{teamId}/computers/{id}/keys': {
    ...setting,
    ...onTeam('computers.manage', 'member'),
    path: '/teams/{teamId}/computers/{computerId}/keys',
    body: {},
  },

  'GET /api/v1/teams/{teamId}/sso-connections': {
    ...signedIn,
    ...onTeam('sso.view', 'member'),
    path: '/teams/{teamId}/sso-connections',
  },
  'POST /api/v1/teams/{teamId}/sso-connections': {
    ...setting,
    ...onTeam('sso.change', 'admin'),
    path: '/teams/{teamId}/sso-connections',
    body: {
      kind: 'saml',
      name: 'A provider',
      idpEntityId: 'https://idp.example.com/metadata',
      ssoUrl: 'https://idp.example.com/sso',
      certificates: ['{certificate}'],
    },
  },
  'PATCH /api/v1/teams/{teamId}/sso-connections/{id}': {
    ...setting,
    ...onTeam('sso.change', 'admin'),
    path: '/teams/{teamId}/sso-connections/{ssoConnectionId}',
    body: { name: 'A better name' },
  },
  'DELETE /api/v1/teams/{teamId}/sso-connections/{id}': {
    ...setting,
    ...onTeam('sso.change', 'admin'),
    path: '/teams/{teamId}/sso-connections/{ssoConnectionId}',
  },
  'POST /api/v1/teams/{teamId}/sso-connections/{id}/domains': {
    ...setting,
    ...onTeam('sso.change', 'admin'),
    path: '/teams/{teamId}/sso-connections/{ssoConnectionId}/domains',
    body: { domain: 'another.example.org' },
  },
  'DELETE /api/v1/teams/{teamId}/sso-connections/{id}/domains/{domainId}': {
    ...setting,
    ...onTeam('sso.change', 'admin'),
    path: '/teams/{teamId}/sso-connections/{ssoConnectionId}/domains/{ssoDomainId}',
  },
  'POST /api/v1/teams/{teamId}/sso-connections/{id}/domains/{domainId}/proof': {
    ...setting,
    ...onTeam('sso.change', 'admin'),
    path: '/teams/{teamId}/sso-connections/{ssoConnectionId}/domains/{ssoDomainId}/proof',
    body: {},
  },
  'GET /api/v1/teams/{teamId}/sso-requirement': {
    ...signedIn,
    ...onTeam('sso.view', 'member'),
    path: '/teams/{teamId}/sso-requirement',
  },
  'PATCH /api/v1/teams/{teamId}/sso-requirement': {
    ...setting,
    ...onTeam('sso.change', 'admin'),
    path: '/teams/{teamId}/sso-requirement',
    body: { domainIds: ['{provenDomainId}'], breakGlassUserId: '{callerId}' },
  },
  'POST /api/v1/log-in-methods': {
    ...open,
    ...teamless,
    path: '/log-in-methods',
    body: { email: 'nobody@example.com' },
  },
  'POST /api/v1/sso-flows': {
    ...optional,
    ...teamless,
    path: '/sso-flows',
    body: { purpose: 'log_in', connectionId: '{ssoConnectionId}' },
  },
  'POST /api/v1/sso-flows/complete': {
    ...optional,
    ...teamless,
    path: '/sso-flows/complete',
    body: { ticket: 'no such ticket' },
  },
  'POST /api/v1/sso-flows/join': {
    ...optional,
    ...teamless,
    path: '/sso-flows/join',
    body: { password: '{password}' },
  },
  'POST /api/v1/sso-flows/join-mail': {
    ...optional,
    ...teamless,
    path: '/sso-flows/join-mail',
    body: {},
  },

  'GET /api/v1/teams/{teamId}/events': {
    ...signedIn,
    ...onTeam('events.view', 'member'),
    path: '/teams/{teamId}/events',
  },
  'GET /api/v1/teams/{teamId}/address-health': {
    ...signedIn,
    ...onTeam('addresses.view', 'admin'),
    path: '/teams/{teamId}/address-health',
  },
  'GET /api/v1/ws': { ...open, ...teamless, path: '/ws' },
};

/** Puts made things in the place of `{name}`, in a path or anywhere in a body. */
export function fill<T>(template: T, fixtures: Record<Fixture, string>): T {
  if (typeof template === 'string') {
    return template.replace(/\{(\w+)\}/g, (_, name: Fixture) => fixtures[name]) as T;
  }
  if (typeof template !== 'object' || template === null) return template;
  if (Array.isArray(template)) return template.map((item) => fill(item, fixtures)) as T;
  return Object.fromEntries(
    Object.entries(template).map(([key, value]) => [key, fill(value, fixtures)]),
  ) as T;
}
