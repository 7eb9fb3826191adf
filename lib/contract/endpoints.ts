/**
 * The paths of the API and what each takes. A call that stands here and nowhere else, or the other way
 * round, fails in `lib/route-coverage.test.ts`. `{…}` is one segment, whatever it holds.
 */
export const ENDPOINTS = {
  '/api/auth/callback/{provider}': ['GET', 'POST'],
  '/api/auth/csrf': ['GET'],
  '/api/auth/providers': ['GET'],
  '/api/auth/signin/{provider}': ['POST'],
  '/api/health/live': ['GET'],
  '/api/health/ready': ['GET'],
  '/api/v1/challenges/{id}': ['GET'],
  '/api/v1/challenges/{id}/verifications': ['POST'],
  '/api/v1/client-address': ['GET'],
  '/api/v1/computers': ['GET'],
  '/api/v1/computers/{id}/connections': ['POST'],
  '/api/v1/connections/{id}': ['GET', 'DELETE'],
  '/api/v1/friends': ['GET', 'POST'],
  '/api/v1/friends/{id}': ['DELETE'],
  '/api/v1/friends/{id}/accept': ['POST'],
  '/api/v1/invites/accept': ['POST'],
  '/api/v1/invites/lookup': ['POST'],
  '/api/v1/log-in-methods': ['POST'],
  '/api/v1/me': ['GET'],
  '/api/v1/me/password': ['POST'],
  '/api/v1/me/verified-ips': ['GET', 'DELETE'],
  '/api/v1/me/verified-ips/{id}': ['DELETE'],
  '/api/v1/password-resets': ['POST'],
  '/api/v1/password-resets/lookup': ['POST'],
  '/api/v1/password-resets/redeem': ['POST'],
  '/api/v1/sessions': ['GET', 'POST', 'DELETE'],
  '/api/v1/sessions/{id}': ['DELETE'],
  '/api/v1/setup': ['POST'],
  '/api/v1/sso-connections/{id}/back-channel-log-out': ['POST'],
  '/api/v1/sso-connections/{id}/saml/acs': ['POST'],
  '/api/v1/sso-connections/{id}/saml/metadata': ['GET'],
  '/api/v1/sso-connections/{id}/saml/request': ['GET'],
  '/api/v1/sso-connections/{id}/saml/slo': ['GET', 'POST'],
  '/api/v1/sso-flows': ['POST'],
  '/api/v1/sso-flows/complete': ['POST'],
  '/api/v1/sso-flows/join': ['POST'],
  '/api/v1/sso-flows/join-mail': ['POST'],
  '/api/v1/teams/{teamId}': ['GET', 'PATCH'],
  '/api/v1/teams/{teamId}/address-health': ['GET'],
  '/api/v1/teams/{teamId}/app-rules': ['GET'],
  '/api/v1/teams/{teamId}/app-rules/{ruleId}': ['PATCH'],
  '/api/v1/teams/{teamId}/computers': ['GET', 'POST'],
  '/api/v1/teams/{teamId}/computers/{id}': ['PATCH', 'DELETE'],
  '/api/v1/teams/{teamId}/computers/{id}/keys': ['POST'],
  '/api/v1/teams/{teamId}/events': ['GET'],
  '/api/v1/teams/{teamId}/invites': ['GET', 'POST'],
  '/api/v1/teams/{teamId}/invites/{id}': ['DELETE'],
  '/api/v1/teams/{teamId}/members': ['GET'],
  '/api/v1/teams/{teamId}/members/{userId}': ['GET', 'PATCH', 'DELETE'],
  '/api/v1/teams/{teamId}/members/{userId}/verified-ips': ['GET', 'DELETE'],
  '/api/v1/teams/{teamId}/members/{userId}/verified-ips/{id}': ['DELETE'],
  '/api/v1/teams/{teamId}/sso-connections': ['GET', 'POST'],
  '/api/v1/teams/{teamId}/sso-connections/{id}': ['PATCH', 'DELETE'],
  '/api/v1/teams/{teamId}/sso-connections/{id}/domains': ['POST'],
  '/api/v1/teams/{teamId}/sso-connections/{id}/domains/{domainId}': ['DELETE'],
  '/api/v1/teams/{teamId}/sso-connections/{id}/domains/{domainId}/proof': ['POST'],
  '/api/v1/teams/{teamId}/sso-requirement': ['GET', 'PATCH'],
  '/api/v1/verifications': ['POST'],
  '/api/v1/ws': ['GET'],
} as const satisfies Record<string, readonly Method[]>;

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** Pages are asked for; whatever changes something is a call of the API. */
const PAGE: readonly Method[] = ['GET'];

/** Asked by orchestrators and load balancers, which know nothing of us: they show nothing, so anybody may ask. */
export const HEALTH_CALLS: ReadonlySet<string> = new Set([
  '/api/health/live',
  '/api/health/ready',
] satisfies (keyof typeof ENDPOINTS)[]);

/** What programs look for on every site, and we have elsewhere (a W3C note: change-password). */
export const MOVED: ReadonlyMap<string, string> = new Map([
  ['/.well-known/change-password', '/account'],
]);

/** The one file that a page names, beside what Next makes. */
const FILES: ReadonlySet<string> = new Set(['/icon.svg']);

/** No page of ours has a dot in its path: what has one is a file, and browsers and robots ask for many. */
const isFile = (path: string) => path.includes('.') && !/^\/_+next/.test(path);

/**
 * What a path takes, as `Allow` says it: HEAD wherever GET is, and OPTIONS everywhere.
 * @param path without its query, as it was sent
 * @returns null where there is no such call or file. Whether there is such a page, Next says.
 */
export function findAllowedMethods(path: string): string[] | null {
  const methods = path === '/api' || path.startsWith('/api/') ? findMethods(path) : findPage(path);
  if (methods === null) return null;
  return [...methods, ...(methods.includes('GET') ? ['HEAD'] : []), 'OPTIONS'];
}

const findPage = (path: string) => (isFile(path) && !FILES.has(path) ? null : PAGE);

function findMethods(path: string): readonly Method[] | null {
  const segments = path.split('/');
  const found = byLength
    .get(segments.length)
    ?.find((endpoint) =>
      endpoint.segments.every((name, index) =>
        name.startsWith('{') ? segments[index] !== '' : segments[index] === name,
      ),
    );
  return found?.methods ?? null;
}

type Endpoint = { segments: string[]; methods: readonly Method[] };

/** Those of one length; a name comes before whatever stands in its place. */
const byLength = new Map<number, Endpoint[]>();
for (const [path, methods] of Object.entries(ENDPOINTS).sort(([a], [b]) => (a < b ? -1 : 1))) {
  const segments = path.split('/');
  byLength.set(segments.length, [...(byLength.get(segments.length) ?? []), { segments, methods }]);
}
