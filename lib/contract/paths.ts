import { methodOf, pathOf } from './call-path';
import { type Call, ENDPOINTS, type Method } from './endpoints';

/** What may be asked for at all: the calls of the table, the few that are none of JSON, pages and files. */

export const CALLS = Object.keys(ENDPOINTS) as Call[];

/** What is not JSON between a program and us: next-auth's own, and what identity providers and browsers bring. */
const OTHER_PATHS: Record<string, readonly Method[]> = {
  '/api/auth/callback/{provider}': ['GET', 'POST'],
  '/api/auth/csrf': ['GET'],
  '/api/auth/providers': ['GET'],
  '/api/auth/signin/{provider}': ['POST'],
  '/api/v1/sso-connections/{id}/back-channel-log-out': ['POST'],
  '/api/v1/sso-connections/{id}/saml/acs': ['POST'],
  '/api/v1/sso-connections/{id}/saml/metadata': ['GET'],
  '/api/v1/sso-connections/{id}/saml/request': ['GET'],
  '/api/v1/sso-connections/{id}/saml/slo': ['GET', 'POST'],
};

/** Every path, and what it takes. */
export const PATHS: Readonly<Record<string, readonly Method[]>> = allPaths();

function allPaths() {
  const paths: Record<string, readonly Method[]> = { ...OTHER_PATHS };
  for (const call of CALLS) paths[pathOf(call)] = [...(paths[pathOf(call)] ?? []), methodOf(call)];
  return paths;
}

/** Pages are asked for; whatever changes something is a call of the API. */
const PAGE: readonly Method[] = ['GET'];

/** Asked by orchestrators and load balancers, which know nothing of us: they show nothing, so anybody may ask. */
export const HEALTH_CALLS: ReadonlySet<string> = new Set(
  (['GET /api/health/live', 'GET /api/health/ready'] satisfies Call[]).map(pathOf),
);

/** What programs look for on every site, and we have elsewhere (a W3C note: change-password). */
export const MOVED: ReadonlyMap<string, string> = new Map([
  ['/.well-known/change-password', '/account'],
]);

/** The host program, whole, and what it is known by. Public: it holds no secret. */
export const HOST_PROGRAM_PATH = '/host.mjs';
export const HOST_PROGRAM_SUM_PATH = '/host.mjs.sha256';

/** The files beside what Next makes. */
const FILES: ReadonlySet<string> = new Set(['/icon.svg', HOST_PROGRAM_PATH, HOST_PROGRAM_SUM_PATH]);

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

const findMethods = (path: string): readonly Method[] | null => PATHS[findPath(path) ?? ''] ?? null;

/** What stands in the places of a path's `{…}`. @param path one of them, decodable */
export function readParams(template: string, path: string): Record<string, string> {
  const params: Record<string, string> = {};
  const segments = path.split('/');
  for (const [index, name] of template.split('/').entries()) {
    if (name.startsWith('{')) params[name.slice(1, -1)] = decodeURIComponent(segments[index] ?? '');
  }
  return params;
}

/** The path, with its `{…}`, that a request’s path is one of. @returns null where there is none */
export function findPath(path: string): string | null {
  const segments = path.split('/');
  const found = byLength
    .get(segments.length)
    ?.find((template) =>
      template.every((name, index) =>
        name.startsWith('{') ? segments[index] !== '' : segments[index] === name,
      ),
    );
  return found?.join('/') ?? null;
}

/** Those of one length; a name comes before whatever stands in its place. */
const byLength = new Map<number, string[][]>();
for (const path of Object.keys(PATHS).sort()) {
  const segments = path.split('/');
  byLength.set(segments.length, [...(byLength.get(segments.length) ?? []), segments]);
}
