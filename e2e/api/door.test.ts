import { connect } from 'node:net';
import { beforeAll, describe, expect, it } from 'vitest';
import { findAllowedMethods, PATHS } from '@/lib/contract/paths';
import {
  PASSWORD,
  serverBeside,
  sharedServer,
  type TestServer,
  type TestUser,
} from '../support/harness';
import { askRaw, type RawAnswer } from '../support/raw-socket';

// What is settled before anything of the product is asked: which bytes are a cookie, which headers go
// further in, what a path takes, and what every answer bears.

const server = sharedServer();
/** The same, reached by https. */
const secure = serverBeside(server, { APP_URL: 'https://gatehouse.example' });
let alice: TestUser;
let thief: TestUser;
let teamId: string;

beforeAll(async () => {
  ({ teamId } = await server.setUp());
  alice = await server.addUser({ teamId, name: 'Alice' });
  thief = await server.addUser({ teamId, name: 'Thomas' });
});

const FROM = 'X-Forwarded-For: 1.2.3.4\r\n';
const head = (on: TestServer, line: string) =>
  `${line} HTTP/1.1\r\nHost: localhost:${on.port}\r\nConnection: close\r\n${FROM}`;
const ask = (line: string, lines = '', on = server) =>
  askRaw(on.port, `${head(on, line)}${lines}\r\n`);

describe.each([
  ['http', () => server],
  ['https', () => secure],
])('F6: which bytes are the session cookie, by %s', (_scheme, on) => {
  const cookie = (user: TestUser, before = '') =>
    Buffer.concat([
      Buffer.from(before, 'latin1'),
      Buffer.from(`${on().cookieName()}=${user.token}`),
    ]);
  const withCookie = (...parts: (Buffer | string)[]) =>
    askRaw(
      on().port,
      Buffer.concat([
        Buffer.from(`${head(on(), 'GET /api/v1/me')}Cookie: `),
        ...parts.map((part) => Buffer.from(part)),
        Buffer.from('\r\n\r\n'),
      ]),
    );

  it('the name alone is; SP and HTAB round it are none of it', async () => {
    for (const blanks of ['', ' ', '\t', ' \t ']) {
      const { status, json } = await withCookie(`a=1;${blanks}`, cookie(alice));
      expect([status, json.user?.id]).toEqual([200, alice.id]);
    }
  });

  it.each([
    ['0xA0', '\xa0'],
    ['0x85', '\x85'],
    ['U+FEFF', '\xef\xbb\xbf'],
    ['U+00A0 in UTF-8', '\xc2\xa0'],
    ['U+2028', '\xe2\x80\xa8'],
    ['U+3000', '\xe3\x80\x80'],
    ['a quote', '"'],
  ])('%s before it makes it nobody’s, and shuts nobody out', async (_what, byte) => {
    for (const before of [byte, ` ${byte}`, `${byte} `]) {
      const planted = cookie(thief, before);
      expect((await withCookie(planted)).status).toBe(401);
      expect((await withCookie('a=1; ', planted)).status).toBe(401);
      for (const parts of [
        [planted, '; ', cookie(alice)],
        [cookie(alice), '; ', planted],
        [cookie(alice), ';', planted, ';', planted],
      ]) {
        const { status, json } = await withCookie(...parts);
        expect([status, json.user?.id]).toEqual([200, alice.id]);
      }
    }
  });

  it.each([
    ['0x0B', '\x0b'],
    ['0x0C', '\x0c'],
    ['0x1F', '\x1f'],
    ['0x7F', '\x7f'],
  ])('%s, which no browser sends, opens nothing', async (_what, byte) => {
    const planted = cookie(thief, byte);
    expect([400, 401]).toContain((await withCookie(planted)).status);
    const { status, json } = await withCookie(cookie(alice), '; ', planted);
    expect(status === 400 || json.user?.id === alice.id).toBe(true);
  });

  it.each([
    ['in capitals', (user: TestUser) => cookie(user).toString().replace('gatehouse', 'Gatehouse')],
    ['with a letter more', (user: TestUser) => `x${cookie(user)}`],
    [
      'twice prefixed',
      (user: TestUser) => `__Host-${cookie(user)}`.replace('__Host-g', '__Secure-g'),
    ],
  ])('a name %s is another', async (_what, write) => {
    expect((await withCookie(write(thief))).status).toBe(401);
    const { status, json } = await withCookie(write(thief), '; ', cookie(alice));
    expect([status, json.user?.id]).toEqual([200, alice.id]);
  });

  it('two of them are refused, on one line or on two', async () => {
    const two = await withCookie(cookie(alice), '; ', cookie(thief));
    expect([two.status, two.json.code]).toEqual([400, 'invalid_request']);
    const lines = await withCookie(cookie(alice), '\r\nCookie: ', cookie(thief));
    expect(lines.status).toBe(400);
    expect((await withCookie(cookie(alice), '; ', `${on().cookieName()}.1=x`)).status).toBe(400);
  });

  it('a socket reads it as a call does', async () => {
    const upgrade = (...parts: (Buffer | string)[]) =>
      statusOf(
        on().port,
        Buffer.concat([
          Buffer.from(
            `GET /api/v1/ws HTTP/1.1\r\nHost: localhost:${on().port}\r\n${FROM}Origin: ${on().origin}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nCookie: `,
          ),
          ...parts.map((part) => Buffer.from(part)),
          Buffer.from('\r\n\r\n'),
        ]),
      );
    expect(await upgrade(cookie(thief, '\xa0'))).toBe(401);
    expect(await upgrade(cookie(thief, '\xa0'), '; ', cookie(alice))).toBe(101);
    expect(await upgrade(cookie(thief), '; ', cookie(alice))).toBe(400);
  });
});

/** Of the first answer; then the connection is left. */
function statusOf(port: number, bytes: Buffer): Promise<number> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    socket.on('error', reject);
    socket.once('data', (chunk) => {
      resolve(Number(chunk.toString('latin1').slice(9, 12)));
      socket.destroy();
    });
    socket.write(bytes);
  });
}

describe('F6: next-auth reads the same cookies', () => {
  const logIn = (cookie: Buffer | string, csrfToken: string) => {
    const form = new URLSearchParams({
      email: alice.email,
      password: PASSWORD,
      csrfToken,
      json: 'true',
    });
    const body = String(form);
    return askRaw(
      server.port,
      Buffer.concat([
        Buffer.from(
          `${head(server, 'POST /api/auth/callback/credentials')}Origin: ${server.origin}\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: ${body.length}\r\nCookie: `,
        ),
        Buffer.from(cookie),
        Buffer.from(`\r\n\r\n${body}`),
      ]),
    );
  };
  const csrf = async () => {
    const { headers, json } = await ask('GET /api/auth/csrf');
    // The last one set is the address to go back to.
    const { headers: all } = await server.get('//api/auth/csrf');
    const set = (all['set-cookie'] ?? []).map((one) => one.split(';', 1)[0] ?? '');
    expect(headers['set-cookie']).toBeDefined();
    const cookie = set.find((one) => one.startsWith(`${server.cookieName('csrf')}=`)) ?? '';
    const token = decodeURIComponent(cookie.slice(cookie.indexOf('=') + 1)).split('|', 1)[0] ?? '';
    expect(json.csrfToken).not.toBe(token);
    return { cookie, token };
  };

  it('its own by its exact name logs in; behind a byte it is none', async () => {
    const { cookie, token } = await csrf();
    const good = await logIn(cookie, token);
    expect([good.status, good.headers['set-cookie']]).toEqual([
      200,
      expect.stringContaining(`${server.cookieName()}=gate_`),
    ]);
    server.remember(token);
    for (const byte of ['\xa0', '\xef\xbb\xbf', '"']) {
      const planted = Buffer.concat([Buffer.from(byte, 'latin1'), Buffer.from(cookie)]);
      const answer = await logIn(planted, token);
      expect(answer.headers['set-cookie'] ?? '').not.toContain('session=gate_');
    }
  });

  it('by https each of them is bound to this host', async () => {
    const { headers } = await secure.get('//api/auth/csrf');
    const names = (headers['set-cookie'] ?? []).map((one) => one.split('=', 1)[0]);
    expect(names.length).toBeGreaterThan(0);
    for (const name of names) expect(name).toMatch(/^__Host-gatehouse\./);
  });
});

describe('F21: Next’s own headers', () => {
  const state = (tree: unknown) => encodeURIComponent(JSON.stringify(tree));
  const cookie = () => `Cookie: ${server.cookieName()}=${alice.token}\r\n`;

  it('a page of ours still asks for the next one', async () => {
    const lines = `${cookie()}RSC: 1\r\nNext-Router-State-Tree: ${state(['', { children: ['login', { children: ['__PAGE__', {}] }] }])}\r\nNext-Url: /login\r\n`;
    let answer = await ask('GET /friends?_rsc=x', lines);
    // Next corrects the mark of what was asked for, once.
    if (answer.headers.location) answer = await ask(`GET ${pathIn(answer)}`, lines);
    expect(answer.status).toBe(200);
    expect(answer.headers['content-type']).toMatch(/^text\/x-component/);
    expect(answer.headers['cache-control']).toContain('no-store');
  });

  it.each(['x', '%', '%5B%5D', state(['', { children: 'x' }]), state([[['', '']], {}])])(
    'a state tree that nobody can read is 400, and not logged: %s',
    async (tree) => {
      for (const path of ['/friends', '/login', '/', '/api/v1/me', '/nothing']) {
        const marked = `Next-Router-State-Tree: ${tree}\r\nX-Marked: 1\r\n`;
        const answer = await ask(`GET ${path}`, `${cookie()}RSC: 1\r\n${marked}`);
        expect([path, answer.status, answer.json?.code]).toEqual([path, 400, 'invalid_request']);
        expect(answer.json.errors).toEqual([{ path: '', message: expect.any(String) }]);
      }
      expect(server.log).not.toMatch(/router state/i);
    },
  );

  it.each([
    'Next-Action: MARKED',
    'RSC: MARKED',
    'RSC: 1\r\nNext-Url: MARKED',
    'RSC: 1\r\nNext-Url: //MARKED.test/x',
    'RSC: 1\r\nNext-Router-Prefetch: MARKED',
    'RSC: 1\r\nNext-Router-Segment-Prefetch: MARKED\r\nNext-Router-Prefetch: 1',
    'RSC: 1\r\nNext-Router-Segment-Prefetch: /%MARKED\r\nNext-Router-Prefetch: 1',
    'Next-Resume: MARKED',
    'X-Nextjs-Data: MARKED',
    'X-Nextjs-Postponed: MARKED',
    'X-Middleware-Prefetch: MARKED',
    'X-Middleware-Rewrite: /MARKED',
    'X-Middleware-Set-Cookie: MARKED=1',
    'X-Middleware-Override-Headers: x-marked\r\nX-Middleware-Request-X-Marked: MARKED',
    'X-Invoke-Path: /MARKED\r\nX-Invoke-Status: 500\r\nX-Invoke-Error: {"message":"MARKED"}',
    'X-Invoke-Output: MARKED\r\nX-Invoke-Query: MARKED',
    'X-Matched-Path: /MARKED',
    'X-Now-Route-Matches: MARKED',
    'X-Prerender-Revalidate: MARKED',
    'X-Action-Forwarded: MARKED',
    'X-Nonce: MARKED',
    'X-Gatehouse-Path: /MARKED',
    "Content-Security-Policy: script-src 'nonce-MARKED'",
    'Cookie: __prerender_bypass=MARKED; __next_preview_data=MARKED',
    'Content-Type: multipart/form-data; boundary=MARKED',
    'Accept-Language: MARKED',
    'Traceparent: MARKED',
    'Range: bytes=MARKED',
  ])('%j changes nothing, fails nothing and is not logged', async (lines) => {
    for (const path of ['/login', '/', '/friends', '/nothing', '/icon.svg', '/api/v1/me']) {
      for (const method of ['GET', 'HEAD', 'POST']) {
        const answer = await ask(`${method} ${path}`, `${lines}\r\n`);
        expect([method, path, answer.status < 500]).toEqual([method, path, true]);
        expect([method, path, JSON.stringify(answer).includes('MARKED')]).toEqual([
          method,
          path,
          false,
        ]);
      }
    }
    expect(server.log).not.toContain('MARKED');
  });
});

function pathIn({ headers }: RawAnswer): string {
  const url = new URL(headers.location ?? '', 'http://localhost');
  return url.pathname + url.search;
}

describe('F21: what every answer bears', () => {
  const upgrade = 'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n';
  const rows = (asset: string): [line: string, status: number, lines?: string][] => [
    ['GET /login', 200],
    ['GET /nothing', 307],
    [`GET ${asset}`, 200],
    ['GET /_next/static/nothing.js', 404],
    ['GET /icon.svg', 200],
    ['GET /host.mjs', 200],
    ['GET /host.mjs.sha256', 200],
    ['GET /api/v1/me', 401],
    ['GET /api/v1/me', 200, `Authorization: Bearer ${alice.token}\r\n`],
    ['GET /api/v1/nothing', 404],
    ['GET /api/health/live', 200],
    ['GET /api/auth/csrf', 200],
    ['GET /api/v1/sso-connections/x/saml/metadata', 404],
    ['POST /api/v1/sso-connections/x/saml/acs', 303],
    ['DELETE /api/v1/me', 405],
    ['POST /login', 405],
    ['OPTIONS /login', 204],
    ['GET //x', 400],
    ['TRACE /', 405],
    ['GET /api/v1/ws', 426],
    ['GET /api/v1/ws', 401, upgrade],
    ['GET /nothing', 404, upgrade],
  ];

  it.each([
    ['http', () => server, false],
    ['https', () => secure, true],
  ])('%s: pages, files, calls, refusals', async (_scheme, on, isSecure) => {
    const page = await ask('GET /login', '', on());
    const asset = /\/_next\/static\/[^"\\]+\.js/.exec(page.body)?.[0] ?? '/missing';
    for (const [line, status, lines] of rows(asset)) {
      const { headers, ...answer } = await ask(line, lines, on());
      expect([line, answer.status]).toEqual([line, status]);
      expect([line, headers]).toEqual([
        line,
        expect.objectContaining({
          'content-security-policy': expect.stringContaining("frame-ancestors 'none'"),
          'cross-origin-opener-policy': 'same-origin',
          'cross-origin-resource-policy': 'same-origin',
          'x-content-type-options': 'nosniff',
          'x-frame-options': 'DENY',
          'x-request-id': expect.stringMatching(/^[0-9a-f-]{36}$/),
        }),
      ]);
      expect([line, headers['strict-transport-security']]).toEqual([
        line,
        isSecure ? 'max-age=31536000' : undefined,
      ]);
    }
    expect(page.headers['content-security-policy']).toContain("script-src 'self' 'nonce-");
  });
});

describe('F26: what a path takes', () => {
  const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];

  it.each(Object.keys(PATHS))('%s', async (endpoint) => {
    const path = endpoint.replaceAll(/\{\w+\}/g, 'none');
    const allowed = findAllowedMethods(path) ?? [];
    for (const method of METHODS) {
      const { status, headers, json } = await ask(`${method} ${path}`);
      if (allowed.includes(method)) expect([method, status]).not.toEqual([method, 405]);
      else {
        expect([method, status, json?.code, headers.allow]).toEqual([
          method,
          405,
          'method_not_allowed',
          allowed.join(', '),
        ]);
      }
    }
    const options = await ask(`OPTIONS ${path}`, 'Origin: https://evil.test\r\n');
    expect([options.status, options.headers.allow]).toEqual([204, allowed.join(', ')]);
    expect(Object.keys(options.headers).filter((name) => /access-control/.test(name))).toEqual([]);
  });

  it('HEAD is GET without its body, for whoever may see it', async () => {
    const ask = (method: string, token?: string) => server.call(method, '/computers', { token });
    const [get, heads] = [await ask('GET', alice.token), await ask('HEAD', alice.token)];
    expect([get.status, heads.status, heads.text]).toEqual([200, 200, '']);
    expect(heads.headers['content-type']).toBe(get.headers['content-type']);
    expect((await ask('HEAD')).status).toBe(401);
  });

  it.each(['/', '/login', '/friends', '/nothing', '/icon.svg', '/host.mjs'])(
    'the page %s is asked for, and nothing else',
    async (path) => {
      for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
        const cookie = `Cookie: ${server.cookieName()}=${alice.token}\r\nOrigin: ${server.origin}\r\n`;
        const { status, headers, json } = await ask(`${method} ${path}`, cookie);
        expect([method, status, json.code, headers.allow]).toEqual([
          method,
          405,
          'method_not_allowed',
          'GET, HEAD, OPTIONS',
        ]);
      }
    },
  );
});
