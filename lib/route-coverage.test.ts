import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { FIXTURES, fill, REFUSALS } from '@/e2e/api/refusals';
import { ENDPOINTS, findAllowedMethods } from '@/lib/contract/endpoints';
import { hasPermission } from '@/lib/policy/roles';

/**
 * A new route is reachable by anybody until somebody has thought of who must be refused. So each call
 * needs its row in e2e/api/refusals.ts, by which it is called without a session, from an unverified
 * network, from another team and by too low a role; and the row must say what the route declares.
 */

const API = path.join(import.meta.dirname, '../app/api');

/** Not declared by `route()`; each has its own tests. */
const ELSEWHERE = new Map([
  ['auth/[...nextauth]/route.ts', 'next-auth, for log-in in the browser'],
  ['v1/sso-connections/[id]/saml/metadata/route.ts', 'XML; public'],
  ['v1/sso-connections/[id]/saml/request/route.ts', 'a form for the browser that began a flow'],
  ['v1/sso-connections/[id]/saml/acs/route.ts', 'a form that another site posts'],
  ['v1/sso-connections/[id]/saml/slo/route.ts', 'the same, or a redirect'],
  ['v1/sso-connections/[id]/back-channel-log-out/route.ts', 'a form that a provider posts'],
]);

type Declared = {
  session: string | null;
  gate: string | null;
  fresh: boolean;
  permission: string | null;
};

const files = readdirSync(API, { recursive: true, encoding: 'utf8' })
  .map((file) => file.replaceAll('\\', '/'))
  .filter((file) => /(^|\/)route\.(ts|tsx|js|mjs)$/.test(file));
const declared = new Map(
  files
    .filter((file) => !ELSEWHERE.has(file))
    .flatMap((file) => callsOf(file, readFileSync(path.join(API, file), 'utf8'))),
);

describe('F26: what a path takes is known at the door', () => {
  const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'];
  const pathOf = (file: string) =>
    `/api/${file.replace(/\/route\.\w+$/, '')}`.replace(/\[(\w+)\]/g, '{$1}');
  const isNextAuth = (path: string) => path.startsWith('/api/auth/');

  it('each route file × each method: the table says what the file exports', () => {
    const exported = files
      .filter((file) => !file.startsWith('auth/'))
      .map((file) => {
        const source = readFileSync(path.join(API, file), 'utf8');
        const methods = METHODS.filter((method) =>
          new RegExp(`^export const ${method}\\b`, 'm').test(source),
        );
        return [pathOf(file), methods];
      });
    const table = Object.entries(ENDPOINTS).filter(([name]) => !isNextAuth(name));
    expect(exported.length).toBeGreaterThan(50);
    expect(Object.fromEntries(table)).toEqual(Object.fromEntries(exported));
  });

  it.each(Object.entries(ENDPOINTS))('%s is found by any ids', (name, methods) => {
    for (const id of ['x', 'current', 'me', 'lookup-1', '%20', '{id}']) {
      const allowed = findAllowedMethods(name.replace(/\{\w+\}/g, id)) ?? [];
      const heads = (methods as readonly string[]).includes('GET') ? ['HEAD'] : [];
      expect(allowed).toEqual([...methods, ...heads, 'OPTIONS']);
    }
    expect(findAllowedMethods(`${name}/`)).toBeNull();
    expect(findAllowedMethods(`${name}/more/and/more/and/more/and/more`)).toBeNull();
    if (/\{\w+\}/.test(name)) {
      expect(findAllowedMethods(name.replace(/\{\w+\}/, ''))).toBeNull();
    }
  });
});

describe('every call has its refusals', () => {
  it('saw the routes, and how they are declared', () => {
    expect(declared.size).toBeGreaterThan(40);
    expect(declared.get('PATCH /api/v1/teams/{teamId}/app-rules/{ruleId}')).toEqual({
      session: 'required',
      gate: 'team.manage',
      fresh: true,
      permission: 'rules.change',
    });
    expect([...ELSEWHERE.keys()].filter((file) => !files.includes(file))).toEqual([]);
  });

  it('no route.ts exports a call that this test can’t read', () => {
    for (const file of files.filter((name) => !ELSEWHERE.has(name))) {
      const source = readFileSync(path.join(API, file), 'utf8');
      const exported = source.match(/^export\b/gm)?.length ?? 0;
      expect(exported, file).toBeGreaterThan(0);
      expect(callsOf(file, source), file).toHaveLength(exported);
    }
  });

  it('each call has a row, and each row a call', () => {
    expect(Object.keys(REFUSALS).sort()).toEqual([...declared.keys()].sort());
  });

  it.each(Object.entries(REFUSALS))('%s: the row says what the route declares', (call, row) => {
    const { session, gate, fresh, permission } = row;
    expect({ session, gate, fresh, permission }).toEqual(declared.get(call));
  });

  it.each(Object.entries(REFUSALS))('%s: the row can be called', (call, row) => {
    const [, template = ''] = call.split(' ');
    const given = row.path.startsWith('//') ? row.path.slice(1) : `/api/v1${row.path}`;
    expect(given.replace(/\{\w+\}/g, '{}')).toBe(template.replace(/\{\w+\}/g, '{}'));
    const named = JSON.stringify([row.path, row.body]).match(/(?<=\{)\w+(?=\})/g) ?? [];
    expect(named.filter((name) => !(FIXTURES as readonly string[]).includes(name))).toEqual([]);
  });

  it.each(Object.entries(REFUSALS).filter(([, row]) => row.permission !== null))(
    '%s: the role that is refused is one that lacks the permission',
    (call, row) => {
      const { permission, forbiddenTo, isHiddenFromOthers } = row;
      if (permission === null) throw new Error('filtered out above');
      expect(call).toContain('/teams/{teamId}');
      expect(isHiddenFromOthers).toBe(true);
      const removesAMember = call === 'DELETE /api/v1/teams/{teamId}/members/{userId}';
      const needed = removesAMember ? 'members.manage' : permission;
      if (forbiddenTo === null) expect(hasPermission('member', needed)).toBe(true);
      else expect(hasPermission(forbiddenTo, needed)).toBe(false);
      if (forbiddenTo === 'member') expect(hasPermission('admin', needed)).toBe(true);
    },
  );

  it('a call on a team asks for a permission', () => {
    const without = Object.entries(REFUSALS).filter(
      ([call, row]) => call.includes('{teamId}') && row.permission === null,
    );
    expect(without).toEqual([]);
  });

  it('a call that changes a team is gated', () => {
    const ungated = Object.entries(REFUSALS).filter(
      ([call, row]) =>
        call.includes('{teamId}') && !call.startsWith('GET ') && row.gate !== 'team.manage',
    );
    expect(ungated).toEqual([]);
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

/** The calls that a route file declares, as `METHOD /path` and what stands in the declaration. */
function callsOf(file: string, source: string): [string, Declared][] {
  const url = `/api/${file.replace(/\/route\.\w+$/, '')}`.replace(/\[(\w+)\]/g, '{$1}');
  const exports = source.matchAll(
    /^export const (GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS) = route\(\{([\s\S]*?)\}\);$/gm,
  );
  return [...exports].map(([, method, declaration = '']) => {
    const member = (name: string) =>
      new RegExp(`\\b${name}: '([^']+)'`).exec(declaration)?.[1] ?? null;
    const session = member('session');
    const gate = member('gate') ?? (session === 'required' ? 'api.read' : null);
    const fresh = /\bfresh: true\b/.test(declaration);
    return [`${method} ${url}`, { session, gate, fresh, permission: member('permission') }];
  });
}
