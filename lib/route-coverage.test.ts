import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { FIXTURES, fill, REFUSALS } from '@/e2e/api/refusals';
import { methodOf, pathOf } from '@/lib/contract/call-path';
import { type Call, ENDPOINTS, type Endpoint } from '@/lib/contract/endpoints';
import { CALLS, findAllowedMethods, PATHS } from '@/lib/contract/paths';

/**
 * A route is reachable by anybody until somebody has thought of who must be refused. So each route file
 * serves calls of the table, by name; each call of the table is served by one; and each is called in
 * e2e/api/refusals.test.ts by those who must be refused.
 */

const API = path.join(import.meta.dirname, '../app/api');

/** Served by other means; each has its own tests. */
const ELSEWHERE = new Map([
  ['auth/[...nextauth]/route.ts', 'next-auth, for log-in in the browser'],
  ['v1/sso-connections/[id]/saml/metadata/route.ts', 'XML; public'],
  ['v1/sso-connections/[id]/saml/request/route.ts', 'a form for the browser that began a flow'],
  ['v1/sso-connections/[id]/saml/acs/route.ts', 'a form that another site posts'],
  ['v1/sso-connections/[id]/saml/slo/route.ts', 'the same, or a redirect'],
  ['v1/sso-connections/[id]/back-channel-log-out/route.ts', 'a form that a provider posts'],
]);

const files = readdirSync(API, { recursive: true, encoding: 'utf8' })
  .map((file) => file.replaceAll('\\', '/'))
  .filter((file) => /(^|\/)route\.(ts|tsx|js|mjs)$/.test(file));
const sources = new Map(files.map((file) => [file, readFileSync(path.join(API, file), 'utf8')]));
const served = [...sources].filter(([file]) => !ELSEWHERE.has(file));
const urlOf = (file: string) =>
  `/api/${file.replace(/\/route\.\w+$/, '')}`.replace(/\[(\w+)\]/g, '{$1}');

describe('F26: what a path takes is known at the door', () => {
  const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'];
  const isNextAuth = (name: string) => name.startsWith('/api/auth/');

  it('each route file × each method: the table says what the file exports', () => {
    const exported = [...sources]
      .filter(([file]) => !file.startsWith('auth/'))
      .map(([file, source]) => [
        urlOf(file),
        METHODS.filter((method) => new RegExp(`^export const ${method}\\b`, 'm').test(source)),
      ]);
    const table = Object.entries(PATHS).filter(([name]) => !isNextAuth(name));
    expect(exported.length).toBeGreaterThan(50);
    expect(Object.fromEntries(table)).toEqual(Object.fromEntries(exported));
  });

  it.each(Object.entries(PATHS))('%s is found by any ids', (name, methods) => {
    for (const id of ['x', 'current', 'me', 'lookup-1', '%20', '{id}']) {
      const allowed = findAllowedMethods(name.replace(/\{\w+\}/g, id)) ?? [];
      const heads = methods.includes('GET') ? ['HEAD'] : [];
      expect(allowed).toEqual([...methods, ...heads, 'OPTIONS']);
    }
    expect(findAllowedMethods(`${name}/`)).toBeNull();
    expect(findAllowedMethods(`${name}/more/and/more/and/more/and/more`)).toBeNull();
    if (/\{\w+\}/.test(name)) {
      expect(findAllowedMethods(name.replace(/\{\w+\}/, ''))).toBeNull();
    }
  });
});

describe('every call is served as the table says, and has its refusals', () => {
  it('saw the routes', () => {
    expect(served.length).toBeGreaterThan(40);
    expect([...ELSEWHERE.keys()].filter((file) => !files.includes(file))).toEqual([]);
  });

  it.each(served)(
    '%s exports calls of the table, each of its own path and method',
    (file, source) => {
      const exported = source.match(/^export\b/gm)?.length ?? 0;
      const calls = [...source.matchAll(/^export const (\w+) = serve\(\s*'([^']+)'/gm)];
      expect(calls.length).toBeGreaterThan(0);
      expect(calls).toHaveLength(exported);
      for (const [, method = '', call = ''] of calls) {
        expect(CALLS).toContain(call);
        expect([methodOf(call as Call), pathOf(call as Call)]).toEqual([method, urlOf(file)]);
      }
    },
  );

  it.each(Object.entries(REFUSALS))('%s is called with things that the test has made', (_, row) => {
    const named = JSON.stringify([row.path, row.body]).match(/(?<=\{)\w+(?=\})/g) ?? [];
    expect(named.filter((name) => !(FIXTURES as readonly string[]).includes(name))).toEqual([]);
  });

  const onTeams = CALLS.filter((call) => call.includes('{teamId}'));
  const rowOf = (call: Call): Endpoint => ENDPOINTS[call];

  it('a call on a team asks for a permission, and no other does', () => {
    expect(CALLS.filter((call) => rowOf(call).permission !== undefined)).toEqual(onTeams);
  });

  it('a call that changes a team is gated', () => {
    const asks: Call[] = ['POST /teams/{teamId}/simulations'];
    const changing = onTeams.filter((call) => methodOf(call) !== 'GET' && !asks.includes(call));
    expect(changing.filter((call) => rowOf(call).gate !== 'team.manage')).toEqual([]);
  });

  it('a reading call reads no body, and what is answered has a shape', () => {
    const reading = CALLS.filter((call) => methodOf(call) === 'GET');
    expect(reading.filter((call) => rowOf(call).body !== undefined)).toEqual([]);
    expect(reading.filter((call) => !rowOf(call).answer && !rowOf(call).download)).toEqual([
      'GET /ws',
    ]);
  });

  it('things made are put in their places, also deep in a body', () => {
    const fixtures = Object.fromEntries(FIXTURES.map((name) => [name, `<${name}>`])) as Record<
      (typeof FIXTURES)[number],
      string
    >;
    expect(fill('/teams/{teamId}/members/{memberId}', fixtures)).toBe(
      '/teams/<teamId>/members/<memberId>',
    );
    expect(fill({ a: ['{password}'], b: { c: true, d: null } }, fixtures)).toEqual({
      a: ['<password>'],
      b: { c: true, d: null },
    });
  });
});
