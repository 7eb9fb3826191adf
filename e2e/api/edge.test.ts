import { readFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { sharedServer, type TestUser } from '../support/harness';
import { askRaw } from '../support/raw-socket';
import { REFUSALS } from './refusals';

// The attack: to be served round the session check, by Next's own ways to ask for a page or a call, or
// out of a cache that was filled for somebody else.

const server = sharedServer();
let alice: TestUser;
let bob: TestUser;
let teamId: string;
let computerId: string;

beforeAll(async () => {
  teamId = (await server.setUp()).teamId;
  alice = await server.addUser({ teamId, role: 'owner', name: 'Alice Harbourmaster' });
  bob = await server.addUser({ name: 'Bob Lighthouse' });
  computerId = await server.addComputer(teamId, 'Crane at pier 4');
});

const host = () => `Host: localhost:${server.port}\r\n`;
const bearer = (user: TestUser) => `Authorization: Bearer ${user.token}\r\n`;
const get = (target: string, head = '') =>
  askRaw(server.port, `GET ${target} HTTP/1.1\r\n${host()}Connection: close\r\n${head}\r\n`);

/** What only a member of the team may see. */
const SECRETS = /Alice Harbourmaster|Harbour|Crane at pier|user-[0-9a-f]{8}@/;
const secretsOfAlice = () => new RegExp(`Alice|${alice.email}|${alice.sessionId}|Crane`);

const calls = Object.entries(REFUSALS).map(([name, row]) => {
  const [method = ''] = name.split(' ');
  return { ...row, name, method };
});
/** The path of a call, with ids of the team's. */
const pathOf = ({ path: text }: { path: string }) =>
  text.replace(/\{(\w+)\}/g, (_all, name) =>
    name === 'teamId' ? teamId : name === 'computerId' ? computerId : `no-${name}`,
  );
const guarded = calls.filter(({ session }) => session === 'required');
const reads = guarded.filter(({ method }) => method === 'GET');
/** Pages of the product; whether one exists or not, none may show anything to nobody. */
const pages = () => [
  '/',
  '/account',
  '/computers',
  '/friends',
  ...['', '/computers', '/members', '/rules', '/activity', '/settings'].map(
    (page) => `/teams/${teamId}${page}`,
  ),
];

it('the secrets that are looked for below do show to their owner', async () => {
  const { status, body } = await get('/api/v1/computers', bearer(alice));
  expect(status).toBe(200);
  expect(body).toMatch(SECRETS);
});

describe('without a session nothing is served round the check', () => {
  const subrequests = ['proxy', 'middleware', 'src/middleware', 'src/proxy', 'pages/_middleware']
    .map((name) => Array(5).fill(name).join(':'))
    .concat('middleware', '1');

  it.each(subrequests)('NXT-1 x-middleware-subrequest: %s opens nothing', async (value) => {
    const header = `x-middleware-subrequest: ${value}\r\nx-middleware-subrequest-id: 1\r\n`;
    for (const call of reads) {
      const { status, json } = await get(pathOf(call), header);
      expect([call.name, status, json.code]).toEqual([call.name, 401, 'unauthenticated']);
    }
    for (const page of pages()) expect((await get(page, header)).body).not.toMatch(SECRETS);
  });

  it.each([
    'x-middleware-next: 1',
    'x-middleware-rewrite: /',
    'x-middleware-override-headers: authorization',
  ])('NXT-1 %s opens nothing', async (header) => {
    expect((await get('/api/v1/computers', `${header}\r\n`)).status).toBe(401);
    for (const page of pages())
      expect((await get(page, `${header}\r\n`)).body).not.toMatch(SECRETS);
  });

  it.each([
    ['', '?_rsc=1', ''],
    ['', '', 'RSC: 1\r\n'],
    ['', '?_rsc=1', 'RSC: 1\r\nNext-Router-Prefetch: 1\r\n'],
    ['', '', 'RSC: 1\r\nNext-Router-Segment-Prefetch: /_tree\r\nNext-Router-Prefetch: 1\r\n'],
    ['.rsc', '', ''],
    ['.prefetch.rsc', '', ''],
    ['.segments/_tree.segment.rsc', '', 'RSC: 1\r\n'],
    ['.segments/_full.segment.rsc', '', 'RSC: 1\r\n'],
  ])('NXT-2 a page asked for as %s%s %j shows nothing', async (suffix, query, head) => {
    for (const page of pages()) {
      const { status, body } = await get(`${page}${suffix}${query}`, head);
      expect(status).toBeLessThan(500);
      expect(body).not.toMatch(SECRETS);
    }
    const target = `/api/v1/computers${suffix}`;
    const call = await get(target + query, head);
    // Next sends a caller on to the same path with a mark of the request's kind.
    expect([307, 401, 404]).toContain(call.status);
    const location = new URL(call.headers.location ?? target, server.origin);
    expect(location.origin).toBe(server.origin);
    expect(location.pathname).toBe(target);
    expect(call.body).not.toMatch(SECRETS);
  });

  it.each([
    '/api/v1/%6de',
    '//api/v1/me',
    '/api//v1/me',
    '/api/v1/me/',
    '/API/V1/ME',
    '/x/../api/v1/me',
    '/api/v1/./me',
    '/api/v1/x/%2e%2e/me',
    '/api/v1%2fme',
    '/api/v1/me%00',
    '\\api\\v1\\me',
    '/api\\v1\\me',
    '/api/v1/me;a=1',
    '/api/v1/me.json',
    '/_next/../api/v1/me',
  ])('NXT-3 %s is refused, or sent to the same place', async (target) => {
    const { status, headers, body } = await get(target);
    expect(status).not.toBe(200);
    expect(status).toBeLessThan(500);
    expect(headers.location ?? '/').toMatch(
      new RegExp(`^(http://localhost:${server.port})?/(?![/\\\\])`),
    );
    expect(body).not.toMatch(SECRETS);
  });

  it('NXT-4 the data routes of pages show nothing', async () => {
    const dist = process.env.NEXT_DIST_DIR || '.next';
    const build = readFileSync(path.join(dist, 'BUILD_ID'), 'utf8').trim();
    for (const page of pages()) {
      for (const id of [build, 'development', 'x']) {
        const { status, body } = await get(
          `/_next/data/${id}${page === '/' ? '/index' : page}.json`,
        );
        expect([302, 307, 308, 404]).toContain(status);
        expect(body).not.toMatch(SECRETS);
      }
    }
  });
});

describe('the path names the thing, nothing else does', () => {
  it.each([
    ['its own name', (id: string) => `?id=${id}`],
    ['Next’s internal name', (id: string) => `?nxtPid=${id}`],
    ['both, often', (id: string) => `?id=${id}&nxtPid=${id}&id=${id}&nxtIid=${id}`],
  ])('NXT-5 another computer in the query by %s', async (_what, query) => {
    const other = await server.addComputer(await server.addTeam());
    const call = { token: alice.token, body: {} };
    const answer = await server.post(`/computers/${computerId}/connections${query(other)}`, call);
    expect(answer.status).toBe(201);
    expect(answer.body.connection.computerId).toBe(computerId);
    const turned = await server.post(`/computers/${other}/connections${query(computerId)}`, call);
    expect(turned.status).toBe(404);
    expect(await server.count('connections WHERE computer_id = $1', [other])).toBe(0);
  });

  it('NXT-5 another team in the query', async () => {
    for (const name of ['teamId', 'nxtPteamId', 'nxtIteamId']) {
      const answer = await server.get(`/teams/none/members?${name}=${teamId}`, alice);
      expect([400, 404]).toContain(answer.status);
      expect(answer.text).not.toMatch(SECRETS);
    }
  });
});

describe('Server Actions: there are none', () => {
  const id = '7f'.padEnd(42, '0');

  it('the build knows of none', () => {
    const file = path.join(
      process.env.NEXT_DIST_DIR || '.next',
      'server/server-reference-manifest.json',
    );
    const manifest = JSON.parse(readFileSync(file, 'utf8'));
    expect(manifest).toHaveProperty('node');
    expect({ ...manifest.node, ...manifest.edge }).toEqual({});
  });

  it.each<[string, Record<string, string>]>([
    ['NXT-6 from another origin', { origin: 'https://evil.test' }],
    ['NXT-8 from an opaque origin', { origin: 'null' }],
    [
      'NXT-9 with a forged X-Forwarded-Host',
      { origin: 'https://evil.test', 'x-forwarded-host': 'evil.test' },
    ],
    ['NXT-20 without an origin', {}],
    ['NXT-10 from our own pages', { origin: 'own' }],
  ])('%s a request with Next-Action does nothing', async (_row, { origin, ...headers }) => {
    const before = await server.count('audit_events');
    for (const target of [...pages(), '/login', '/api/v1/friends', '/api/v1/sessions']) {
      const answer = await server.post(`/${target}`, {
        raw: '["$K1"]',
        headers: {
          'next-action': id,
          'content-type': 'text/plain;charset=UTF-8',
          cookie: `${server.cookieName()}=${alice.token}`,
          ...headers,
          ...(origin && { origin: origin === 'own' ? server.origin : origin }),
        },
      });
      expect([target, answer.status]).toEqual([target, expect.any(Number)]);
      expect(answer.status).toBeGreaterThanOrEqual(400);
      expect(answer.headers.location).toBeUndefined();
      expect(answer.text).not.toMatch(SECRETS);
    }
    expect(await server.count('audit_events')).toBe(before);
    expect((await server.get('/me', { cookie: alice.token })).status).toBe(200);
  });

  it('NXT-12 a Flight body with a prototype in it runs nothing', async () => {
    const body =
      '--b\r\nContent-Disposition: form-data; name="0"\r\n\r\n{"then":"$1:__proto__:then","status":"resolved_model","reason":-1,"value":"{\\"then\\":\\"$B0\\"}","_response":{"_prefix":"process.exit(7);","_formData":{"get":"$1:constructor:constructor"}}}\r\n--b\r\nContent-Disposition: form-data; name="1"\r\n\r\n"$@0"\r\n--b--\r\n';
    const { pid } = server;
    for (const target of ['//', '//login', `//teams/${teamId}`]) {
      const headers = {
        'next-action': 'x',
        'content-type': 'multipart/form-data; boundary=b',
        cookie: `${server.cookieName()}=${alice.token}`,
        origin: server.origin,
      };
      expect((await server.post(target, { raw: body, headers })).status).toBeGreaterThanOrEqual(
        400,
      );
    }
    expect((await server.get('//api/health/ready')).status).toBe(200);
    expect(server.pid).toBe(pid);
  });
});

describe('no answer is kept for somebody else', () => {
  it.each(reads.map((call) => [call.name, call] as const))(
    'NXT-18 %s: as alice, as bob, as nobody',
    async (_name, call) => {
      const target = pathOf(call);
      const asAlice = await get(target, bearer(alice));
      const asBob = await get(target, bearer(bob));
      const asNobody = await get(target);
      for (const answer of [asAlice, asBob, asNobody]) {
        expect(answer.headers['cache-control']).toBe('no-store');
        expect(answer.headers).not.toHaveProperty('x-nextjs-cache');
        expect(answer.headers).not.toHaveProperty('etag');
      }
      if (asAlice.status === 200) expect(asAlice.headers.vary).toMatch(/\bCookie\b/i);
      expect(asBob.body).not.toMatch(secretsOfAlice());
      expect(asNobody.status).toBe(401);
      expect(asNobody.body).not.toMatch(SECRETS);
    },
  );

  it('NXT-18 the same with cookies, page by page', async () => {
    const cookie = (user: TestUser) => `Cookie: ${server.cookieName()}=${user.token}\r\n`;
    for (const page of pages()) {
      const asAlice = await get(page, cookie(alice));
      const asBob = await get(page, cookie(bob));
      const asNobody = await get(page);
      for (const answer of [asAlice, asBob, asNobody]) {
        expect([page, answer.status < 500]).toEqual([page, true]);
        expect([page, answer.headers['cache-control'] ?? 'no-store']).toEqual([
          page,
          expect.stringContaining('no-store'),
        ]);
        expect(answer.headers['x-nextjs-cache'] ?? 'MISS').not.toBe('HIT');
      }
      expect(asBob.body).not.toMatch(secretsOfAlice());
      expect(asNobody.body).not.toMatch(SECRETS);
    }
  });
});
