import { pathOf } from '@/lib/contract/call-path';
import {
  type BodyOf,
  type Call,
  ENDPOINTS,
  type Endpoint,
  type ParamsOf,
  type QueryOf,
} from '@/lib/contract/endpoints';
import { CALLS } from '@/lib/contract/paths';
import type { Action } from '@/lib/policy/actions';
import { hasPermission, type Permission, ROLES, type Role } from '@/lib/policy/roles';

/**
 * Who is refused at each call, as the table of calls has it. One generic test calls each of them without a
 * session, from an unverified network, as another team, as too low a role, not freshly authenticated, and with
 * a spoofed header. What stands here by hand is what a call is made with: a call without it does not compile.
 *
 * `{name}` in a body stands for a thing that the test has made.
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
  /** Its network. */
  'memberNetwork',
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
  'providerId',
  /** Of that connection; its record stands in DNS, and nobody has looked yet. */
  'ssoDomainId',
  /** A domain of the team's that is proven. */
  'provenDomainId',
  /** A named filter of the team's events. */
  'eventFilterId',
  /** A certificate of an identity provider, in PEM. */
  'certificate',
  'callerId',
  /** The caller's password. */
  'password',
] as const;
export type Fixture = (typeof FIXTURES)[number];

type Example<C extends Call> = ('id' extends keyof ParamsOf<C> ? { id: Fixture } : unknown) &
  (BodyOf<C> extends undefined ? unknown : { body: BodyOf<C> }) &
  // What a query must hold.
  (QueryOf<C> extends infer Q
    ? Record<never, never> extends Q
      ? unknown
      : Q extends undefined
        ? unknown
        : { query: Q }
    : never);

/** What each call is made with: its path's `id`, a valid body, and a query that it needs. */
const EXAMPLES: { [C in Call]: Example<C> } = {
  'GET /api/health/live': {},
  'GET /api/health/ready': {},
  'GET /openapi.json': {},
  'POST /setup': {
    body: {
      setupToken: 'not the token of this server',
      team: { name: 'Another' },
      owner: { name: 'Somebody', email: 'somebody@example.com', password: 'a long enough one' },
    },
  },
  'GET /sessions': {},
  'POST /sessions': { body: { email: 'nobody@example.com', password: 'not a password' } },
  'DELETE /sessions': {},
  'DELETE /sessions/{id}': { id: 'ownSessionId' },
  'GET /me': {},
  'POST /me/password': {
    body: { currentPassword: '{password}', newPassword: 'another good long one' },
  },
  'POST /me/containment': { body: {} },
  'GET /me/verified-ips': {},
  'DELETE /me/verified-ips': {},
  'DELETE /me/verified-ips/{id}': { id: 'ownVerifiedIpId' },
  'GET /client-address': {},
  'POST /verifications': { body: { password: '{password}' } },
  'GET /challenges/{id}': { id: 'challengeId' },
  'POST /challenges/{id}/verifications': { id: 'challengeId', body: { password: '{password}' } },
  'POST /password-resets': { body: { email: 'nobody@example.com' } },
  'POST /password-resets/lookup': { body: { token: 'no such token' } },
  'POST /password-resets/redeem': {
    body: { token: 'no such token', password: 'another good long one' },
  },
  'GET /computers': {},
  'POST /computers/{id}/connections': { id: 'computerId', body: {} },
  'GET /connections/{id}': { id: 'ownConnectionId' },
  'DELETE /connections/{id}': { id: 'ownConnectionId' },
  'GET /friends': {},
  'POST /friends': { body: { email: 'friend@example.com' } },
  'POST /friends/{id}/accept': { id: 'friendRequestId', body: {} },
  'DELETE /friends/{id}': { id: 'friendRequestId' },
  'GET /teams/{teamId}': {},
  'PATCH /teams/{teamId}': { body: { name: 'A new name' } },
  'GET /teams/{teamId}/first-steps': {},
  'PATCH /teams/{teamId}/first-steps': { body: { hidden: true } },
  'POST /teams/{teamId}/test-mails': { body: {} },
  'GET /teams/{teamId}/members': {},
  'GET /teams/{teamId}/members/{userId}': {},
  'PATCH /teams/{teamId}/members/{userId}': { body: { role: 'admin' } },
  'DELETE /teams/{teamId}/members/{userId}': {},
  'GET /teams/{teamId}/members/{userId}/sessions': {},
  'POST /teams/{teamId}/members/{userId}/containment': {
    body: { sessions: true, networks: true, reason: 'a stolen laptop' },
  },
  'GET /teams/{teamId}/members/{userId}/verified-ips': {},
  'DELETE /teams/{teamId}/members/{userId}/verified-ips': {},
  'DELETE /teams/{teamId}/members/{userId}/verified-ips/{id}': { id: 'memberVerifiedIpId' },
  'GET /teams/{teamId}/members/export': {},
  'GET /teams/{teamId}/computers/export': {},
  'GET /teams/{teamId}/seen-networks/export': {},
  'GET /teams/{teamId}/seen-networks': {},
  'GET /teams/{teamId}/seen-networks/members': { query: { network: '{memberNetwork}' } },
  'POST /teams/{teamId}/seen-networks/revocations': { body: { networks: ['{memberNetwork}'] } },
  'POST /teams/{teamId}/seen-networks/names': {
    body: { networks: ['{memberNetwork}'], name: 'The office' },
  },
  'GET /teams/{teamId}/invites': {},
  'POST /teams/{teamId}/invites': { body: { email: 'newcomer@example.com', role: 'member' } },
  'DELETE /teams/{teamId}/invites/{id}': { id: 'inviteId' },
  'POST /invites/lookup': { body: { token: 'no such token' } },
  'POST /invites/accept': {
    body: { token: 'no such token', name: 'Somebody', password: 'another good long one' },
  },
  'GET /teams/{teamId}/app-rules': {},
  'PATCH /teams/{teamId}/app-rules/{ruleId}': { body: { ipVerification: { trustDays: 30 } } },
  'GET /teams/{teamId}/computers': {},
  'POST /teams/{teamId}/computers': { body: { name: 'A computer' } },
  'PATCH /teams/{teamId}/computers/{id}': { id: 'computerId', body: { name: 'A better name' } },
  'DELETE /teams/{teamId}/computers/{id}': { id: 'computerId' },
  'POST /teams/{teamId}/computers/{id}/keys': { id: 'computerId', body: {} },
  'GET /teams/{teamId}/sso-connections': {},
  'POST /teams/{teamId}/sso-connections': {
    body: {
      kind: 'saml',
      name: 'A provider',
      idpEntityId: 'https://idp.example.com/metadata',
      ssoUrl: 'https://idp.example.com/sso',
      certificates: ['{certificate}'],
    },
  },
  'PATCH /teams/{teamId}/sso-connections/{id}': {
    id: 'providerId',
    body: { name: 'A better name' },
  },
  'GET /teams/{teamId}/sso-connections/{id}': { id: 'providerId' },
  'POST /teams/{teamId}/sso-reservations': { body: {} },
  'POST /teams/{teamId}/sso-checks': {
    body: {
      kind: 'saml',
      idpEntityId: 'https://idp.example.com/metadata',
      ssoUrl: 'https://idp.example.com/sso',
      certificates: ['{certificate}'],
    },
  },
  'DELETE /teams/{teamId}/sso-connections/{id}': { id: 'providerId' },
  'POST /teams/{teamId}/sso-connections/{id}/domains': {
    id: 'providerId',
    body: { domain: 'another.example.org' },
  },
  'DELETE /teams/{teamId}/sso-connections/{id}/domains/{domainId}': { id: 'providerId' },
  'POST /teams/{teamId}/sso-connections/{id}/domains/{domainId}/proof': {
    id: 'providerId',
    body: {},
  },
  'GET /teams/{teamId}/sso-requirement': {},
  'PATCH /teams/{teamId}/sso-requirement': {
    body: { domainIds: ['{provenDomainId}'], breakGlassUserId: '{callerId}' },
  },
  'POST /log-in-methods': { body: { email: 'nobody@example.com' } },
  'POST /sso-flows': { body: { purpose: 'log_in', connectionId: '{providerId}' } },
  'POST /sso-flows/complete': { body: { ticket: 'no such ticket' } },
  'POST /sso-flows/join': { body: { password: '{password}' } },
  'POST /sso-flows/join-mail': { body: {} },
  'GET /teams/{teamId}/events': {},
  'GET /teams/{teamId}/events/export': { query: { format: 'csv' } },
  'GET /teams/{teamId}/event-filters': {},
  'POST /teams/{teamId}/event-filters': {
    body: { name: 'Refusals', query: { type: ['gate.refused'] } },
  },
  'PATCH /teams/{teamId}/event-filters/{id}': { id: 'eventFilterId', body: { name: 'Another' } },
  'DELETE /teams/{teamId}/event-filters/{id}': { id: 'eventFilterId' },
  'GET /teams/{teamId}/address-health': {},
  'GET /teams/{teamId}/overview': {},
  'GET /teams/{teamId}/impact': {},
  'POST /teams/{teamId}/simulations': { body: { settings: { trustDays: 30 } } },
  'GET /ws': {},
};

/** What stands in the other places of paths. */
const PLACES: Record<string, Fixture> = {
  teamId: 'teamId',
  userId: 'memberId',
  ruleId: 'ruleId',
  domainId: 'ssoDomainId',
};

/** Everybody may leave, so the call asks for less than what removing another one needs. */
const NEEDS_MORE: Partial<Record<Call, Permission>> = {
  'DELETE /teams/{teamId}/members/{userId}': 'members.manage',
};

export type Refusals = {
  session: Endpoint['session'];
  /** The gated action; null where there is no session to gate. */
  gate: Action | 'never' | null;
  fresh: boolean;
  /** The highest role in the team that is answered 403 `forbidden`; null: every role may call. */
  forbiddenTo: Role | null;
  /**
   * Whether somebody who is in no common team, verified and fresh, is answered 404 `not_found`: for
   * what belongs to a team or to one user.
   */
  isHiddenFromOthers: boolean;
  /** With `{fixture}` in each of its places, and the query that it needs. */
  path: string;
  /** A valid body; undefined: none is sent. */
  body: unknown;
};

export const REFUSALS = Object.fromEntries(CALLS.map((call) => [call, refusalsOf(call)])) as Record<
  Call,
  Refusals
>;

function refusalsOf(call: Call): Refusals {
  const { session, permission, gate, fresh }: Endpoint = ENDPOINTS[call];
  const { id, body, query } = EXAMPLES[call] as {
    id?: Fixture;
    body?: unknown;
    query?: Record<string, string>;
  };
  const path = pathOf(call).replace(
    /\{(\w+)\}/g,
    (_, name) => `{${name === 'id' ? id : PLACES[name]}}`,
  );
  const needed = NEEDS_MORE[call] ?? permission;
  return {
    session,
    gate: session === 'required' ? (gate ?? 'api.read') : null,
    fresh: fresh ?? false,
    forbiddenTo: (needed && ROLES.find((role) => !hasPermission(role, needed))) ?? null,
    isHiddenFromOthers: session === 'required' && call.includes('{'),
    path: query
      ? `${path}?${Object.entries(query)
          .map((pair) => pair.join('='))
          .join('&')}`
      : path,
    body,
  };
}

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
