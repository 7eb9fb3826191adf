import { type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { GatehouseError } from '@/lib/contract/errors';
import {
  createGuardedServer,
  type DoorHandlers,
  endWithProblem,
  MAX_BODY_BYTES,
} from '@/lib/http/door';
import { createDoorLog } from '@/lib/http/door-log';
import { createRareWarning } from '@/lib/platform/rare-log';

const APP_URL = new URL('https://app.example');

/** What reached the inside, in order. */
let served: { url: string; headers: IncomingMessage['headers']; body: string; ended: boolean }[];
let refused: string[];
let servers: Server[];
let port: number;

/** Reads the whole body, as Next does, and answers with its length. */
const readAll: DoorHandlers['onRequest'] = (req: IncomingMessage, res: ServerResponse) => {
  const seen = { url: req.url ?? '', headers: { ...req.headers }, body: '', ended: false };
  served.push(seen);
  req.on('data', (chunk: Buffer) => {
    seen.body += chunk.toString('latin1');
  });
  req.on('end', () => {
    seen.ended = true;
    res.end(`read ${seen.body.length}`);
  });
};

async function listen(
  handlers: Partial<DoorHandlers> = {},
  overrides: Parameters<typeof createGuardedServer>[2] = {},
  appUrl = APP_URL,
): Promise<number> {
  const server = createGuardedServer(
    { appUrl },
    {
      onRequest: readAll,
      onUpgrade: (_req, socket, _head, requestId) =>
        endWithProblem(
          { appUrl: APP_URL },
          socket,
          new GatehouseError('not_found', 'No such socket.'),
          requestId,
        ),
      onRefusal: (error) => refused.push(error.code),
      ...handlers,
    },
    { lingerMs: 200, ...overrides },
  );
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

beforeEach(async () => {
  served = [];
  refused = [];
  servers = [];
  port = await listen();
});

afterEach(() => {
  for (const server of servers) {
    server.close();
    server.closeAllConnections();
  }
});

function dial(text: string | Buffer, toPort = port): { socket: Socket; closed: Promise<string> } {
  const socket = connect(toPort, '127.0.0.1');
  let received = '';
  socket.setEncoding('latin1').on('data', (data) => {
    received += data;
  });
  const closed = new Promise<string>((resolve, reject) => {
    socket.on('close', () => resolve(received));
    socket.on('error', reject);
  });
  socket.write(text);
  return { socket, closed };
}

/** Sends bytes and waits until the server closes the connection. */
const send = (text: string | Buffer) => dial(text).closed;

const good = 'Host: app.example\r\n';
/** A request that is answered and then closed. */
const get = (head = '', target = '/') =>
  `GET ${target} HTTP/1.1\r\n${good}Connection: close\r\n${head}\r\n`;

/** A call with header lines of its own, and its body. */
const post = (head: string, body = '') =>
  `POST /api/v1/sessions HTTP/1.1\r\n${good}${head}\r\n\r\n${body}`;

function expectProblem(answer: string, status: number, code: string): void {
  const [head = '', body = ''] = answer.split('\r\n\r\n');
  expect(head.split('\r\n')[0]).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
  expect(head).toMatch(/^content-type: application\/problem\+json$/im);
  expect(head).toMatch(/^connection: close$/im);
  expect(head).toMatch(/^cache-control: no-store$/im);
  expect(head).toMatch(new RegExp(`^content-length: ${Buffer.byteLength(body, 'latin1')}$`, 'im'));
  const requestId = /^x-request-id: (.+)$/im.exec(head)?.[1];
  expect(requestId).toMatch(/^[0-9a-f-]{36}$/);
  const problem = JSON.parse(Buffer.from(body, 'latin1').toString());
  expect(problem).toMatchObject({ status, code, requestId, type: `urn:gatehouse:error:${code}` });
  // C12: programs read `errors` of every invalid request, the door's too.
  const errors = [{ path: '', message: problem.detail }];
  expect(problem.errors).toEqual(code === 'invalid_request' ? errors : undefined);
  expect(refused).toEqual([code]);
  expect(served).toEqual([]);
}

describe('what is admitted', () => {
  it('a plain request, with a request id of ours', async () => {
    const answer = await send(get('X-Request-Id: callers\r\n'));
    expect(answer).toMatch(/^HTTP\/1\.1 200 OK/);
    expect(answer).toMatch(/^X-Request-Id: [0-9a-f-]{36}$/im);
    expect(answer).not.toContain('callers');
    expect(served[0]?.headers['x-request-id']).toBe(/^X-Request-Id: (.+)$/im.exec(answer)?.[1]);
  });

  it.each(['app.example', 'APP.example', 'app.example:443'])('Host %s', async (host) => {
    expect(await send(`GET / HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`)).toMatch(
      / 200 /,
    );
  });

  it.each([
    'localhost',
    '127.0.0.1',
    '127.9.9.9',
    '[::1]',
    '[0:0:0:0:0:0:0:1]',
    '[::ffff:127.0.0.1]',
  ])('the loopback name %s with the server’s own port', async (host) => {
    expect(
      await send(`GET / HTTP/1.1\r\nHost: ${host}:${port}\r\nConnection: close\r\n\r\n`),
    ).toMatch(/ 200 /);
  });

  it.each([
    '/',
    '/a/b?x=//y\\z%2f',
    '/%41',
    '/a%20b',
    '/_next/static/chunks/%5Broot%5D.js',
    '/_next/..b/.c/...',
  ])('the target %s', async (target) => {
    expect(await send(get('', target))).toMatch(/ 200 /);
    expect(served[0]?.url).toBe(target);
  });

  it('a body of 64 KiB, of known or unknown length', async () => {
    const body = 'x'.repeat(MAX_BODY_BYTES);
    const known = post(`Connection: close\r\nContent-Length: ${body.length}`, `${body}`);
    const chunked = post(
      'Connection: close\r\nTransfer-Encoding: chunked',
      `8000\r\n${body.slice(0, 0x8000)}\r\n8000\r\n${body.slice(0x8000)}\r\n0\r\n\r\n`,
    );
    expect(await send(known)).toMatch(/read 65536$/);
    expect(await send(chunked)).toMatch(/read 65536/);
    expect(served.map((seen) => seen.body === body && seen.ended)).toEqual([true, true]);
  });

  it('IP-155 exactly 200 header lines, the last one not dropped', async () => {
    const lines = `${'a: 1\r\n'.repeat(197)}Z-Last: here\r\n`;
    expect(await send(get(lines))).toMatch(/ 200 /);
    expect(served[0]?.headers['z-last']).toBe('here');
  });

  it('requests in turn on one connection', async () => {
    const { socket, closed } = dial(`GET /1 HTTP/1.1\r\n${good}\r\nGET /2 HTTP/1.1\r\n${good}\r\n`);
    socket.write(get('', '/3'));
    expect((await closed).match(/HTTP\/1\.1 200/g)).toHaveLength(3);
    expect(served.map((seen) => seen.url)).toEqual(['/1', '/2', '/3']);
  });

  it('NXT-26 a header named __proto__', async () => {
    expect(await send(get('__proto__: x\r\nconstructor: y\r\n'))).toMatch(/ 200 /);
    expect(await send(get())).toMatch(/ 200 /);
  });

  it('NXT-24 a trailer is no header', async () => {
    const answer = await send(
      post(
        'Connection: close\r\nTrailer: X-Forwarded-For\r\nTransfer-Encoding: chunked',
        '1\r\nx\r\n0\r\nX-Forwarded-For: 1.1.1.1\r\n\r\n',
      ),
    );
    expect(answer).toMatch(/read 1/);
    expect(served[0]?.headers['x-forwarded-for']).toBe('');
  });

  it('Expect: 100-continue is answered before the body comes', async () => {
    const { socket, closed } = dial(
      post('Connection: close\r\nExpect: 100-continue\r\nContent-Length: 2'),
    );
    await new Promise((resolve) => socket.once('data', resolve));
    socket.write('ok');
    expect(await closed).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 OK[\s\S]*read 2$/);
  });
});

describe('headers by which a caller could speak for a proxy', () => {
  it('NXT-9 NXT-21 are ours or gone, and no address travels in one', async () => {
    const spoofed = [
      'X-Forwarded-Host',
      'X-Forwarded-Proto',
      'X-Forwarded-For',
      'X-Forwarded-Port',
      'X-Forwarded-Server',
      'Forwarded',
      'X-Real-IP',
      'CF-Connecting-IP',
      'True-Client-IP',
      'X-Middleware-Subrequest',
    ];
    await send(get(spoofed.map((name) => `${name}: evil.test\r\n`).join('')));
    const headers = served[0]?.headers ?? {};
    expect(headers).toMatchObject({
      'x-forwarded-host': 'app.example',
      'x-forwarded-proto': 'https',
      'x-forwarded-for': '',
    });
    expect(JSON.stringify(headers)).not.toContain('evil.test');
  });
});

describe('F21: headers by which the parts of Next speak to each other', () => {
  /** As our own pages ask for the next one. */
  const STATE = encodeURIComponent(
    JSON.stringify(['', { children: ['(app)', { children: ['computers', {}, null, null] }] }]),
  );
  const navigation = `RSC: 1\r\nNext-Router-State-Tree: ${STATE}\r\nNext-Url: /computers\r\nNext-Router-Prefetch: 1\r\nNext-Router-Segment-Prefetch: /_tree\r\n`;

  it('reach it as our pages write them', async () => {
    await send(get(navigation, '/friends?_rsc=abc'));
    expect(served[0]?.headers).toMatchObject({
      rsc: '1',
      'next-router-state-tree': STATE,
      'next-url': '/computers',
      'next-router-prefetch': '1',
      'next-router-segment-prefetch': '/_tree',
    });
  });

  it.each([
    'Next-Action: 7f00',
    'Next-Resume: 1',
    'Next-HMR-Refresh: 1',
    'Next-Test-Fetch-Priority: high',
    'RSC: 2',
    'RSC: 1\r\nRSC: 1',
    'Next-Url: /x',
    'Next-Router-Prefetch: 1',
    'RSC: 1\r\nNext-Url: //evil.test',
    'RSC: 1\r\nNext-Router-Prefetch: yes',
    'RSC: 1\r\nNext-Router-Segment-Prefetch: tree',
    'X-Middleware-Rewrite: /',
    'X-Middleware-Override-Headers: cookie',
    'X-Nextjs-Data: 1',
    'X-Nextjs-Html-Request-Id: 1',
    'X-Next-Resume-State-Length: 1',
    'X-Invoke-Path: /',
    'X-Invocation-Id: 1',
    'X-Matched-Path: /',
    'X-Now-Route-Matches: 1',
    'X-Vercel-Id: 1',
    'X-Prerender-Revalidate: 1',
    'X-Action-Forwarded: 1',
    'X-Deployment-Id: 1',
    'X-Nonce: aaaa',
    'X-Gatehouse-Path: //evil.test',
    "Content-Security-Policy: script-src 'nonce-x'",
  ])('%j goes no further', async (lines) => {
    const last = lines.split('\r\n').at(-1) ?? '';
    await send(get(`${lines}\r\n`));
    const name = last.split(':', 1)[0]?.toLowerCase() ?? '';
    expect(Object.keys(served[0]?.headers ?? {})).not.toContain(name);
  });

  it.each([
    'x',
    '%',
    '%7B%7D',
    '[]',
    '%5B%22%22%5D',
    encodeURIComponent(JSON.stringify(['', { children: ['a', {}, null, 'evil'] }])),
    encodeURIComponent('["",{"children":'.repeat(500)),
    `${STATE}\r\nNext-Router-State-Tree: ${STATE}`,
  ])('a state tree that nobody can read is 400: %s', async (tree) => {
    expectProblem(
      await send(get(`RSC: 1\r\nNext-Router-State-Tree: ${tree}\r\n`)),
      400,
      'invalid_request',
    );
  });

  it('none of them reaches a call of the API', async () => {
    await send(get(navigation, '/api/v1/me'));
    const names = Object.keys(served[0]?.headers ?? {});
    expect(names.filter((name) => /^(?:rsc|next-)/.test(name))).toEqual([]);
  });
});

describe('what every answer bears', () => {
  const ALWAYS = {
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'permissions-policy': 'camera=(), geolocation=(), microphone=()',
    'referrer-policy': 'same-origin',
    'strict-transport-security': 'max-age=31536000',
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
  };
  const upgradeTo = (target: string) =>
    `GET ${target} HTTP/1.1\r\n${good}Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n`;
  const headersOf = (answer: string) =>
    Object.fromEntries(
      (answer.split('\r\n\r\n', 1)[0] ?? '')
        .split('\r\n')
        .slice(1)
        .map((line) => {
          const [name = ''] = line.split(':', 1);
          return [name.toLowerCase(), line.slice(name.length + 2)];
        }),
    );

  it.each([
    ['a page', get(), 200],
    ['a call', get('', '/api/v1/me'), 200],
    ['a call that is none', get('', '/api/v1/nothing'), 404],
    ['a wrong method', `PUT / HTTP/1.1\r\n${good}Connection: close\r\n\r\n`, 405],
    ['OPTIONS', `OPTIONS / HTTP/1.1\r\n${good}Connection: close\r\n\r\n`, 204],
    ['a refusal at the door', get('', '//x'), 400],
    ['another host', 'GET / HTTP/1.1\r\nHost: evil.test\r\n\r\n', 421],
    ['what is no HTTP', 'garbage\r\n\r\n', 400],
    ['a refused upgrade', upgradeTo('/nope'), 404],
    ['an upgrade refused at the door', upgradeTo('//x'), 400],
  ])('F21: %s', async (_what, bytes, status) => {
    const answer = await send(bytes);
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(headersOf(answer)).toMatchObject(ALWAYS);
  });

  it('F21: only https is promised for a year where people come by https', async () => {
    const plain = await listen({}, {}, new URL('http://app.example'));
    const answer = await dial(get(), plain).closed;
    expect(answer).toMatch(/^HTTP\/1\.1 200 /);
    expect(headersOf(answer)).toMatchObject({ 'x-content-type-options': 'nosniff' });
    expect(headersOf(answer)).not.toHaveProperty('strict-transport-security');
  });

  it('whoever says something else himself is heard, once', async () => {
    const other = await listen({
      onRequest: (_req, res) => {
        res.setHeader('Content-Security-Policy', "default-src 'self'");
        res.writeHead(200, { 'Referrer-Policy': 'no-referrer' }).end();
      },
    });
    const answer = await dial(get(), other).closed;
    expect(headersOf(answer)).toMatchObject({
      ...ALWAYS,
      'content-security-policy': "default-src 'self'",
      'referrer-policy': 'no-referrer',
    });
    expect(answer.match(/^(?:content-security|referrer)-policy:/gim)).toHaveLength(2);
  });
});

describe('O1: health calls, which show nothing', () => {
  it.each([
    ['a pod’s address', 'HTTP/1.1', 'Host: 10.42.0.7:3000\r\n'],
    ['a target group’s name', 'HTTP/1.1', 'Host: tg-7f.internal\r\n'],
    ['an empty Host', 'HTTP/1.1', 'Host: \r\n'],
    ['no Host', 'HTTP/1.1', ''],
    ['HTTP/1.0 without Host', 'HTTP/1.0', ''],
    ['HTTP/1.0 with one', 'HTTP/1.0', 'Host: 10.42.0.7\r\n'],
  ])('are answered under %s, and nothing else is', async (_what, version, host) => {
    for (const path of ['/api/health/live', '/api/health/ready?verbose']) {
      served = [];
      for (const method of ['GET', 'HEAD']) {
        const text = `${method} ${path} ${version}\r\n${host}Connection: close\r\n\r\n`;
        expect(await send(text)).toMatch(/^HTTP\/1\.1 200 /);
      }
      expect(served.map(({ headers }) => headers.host)).toEqual(['app.example', 'app.example']);
    }
    for (const path of ['/', '/api/v1/me', '/api/health/live/', '/api/health/x', '/login']) {
      served = [];
      const text = `GET ${path} ${version}\r\n${host}Connection: close\r\n\r\n`;
      expect(await send(text)).toMatch(/^HTTP\/1\.1 4(?:00|21) /);
      expect(served).toEqual([]);
    }
  });

  it('are read as strictly as others', async () => {
    const text = 'GET /api/health/live HTTP/1.1\r\nHost: x\r\nContent-Length: +1\r\n\r\n';
    expectProblem(await send(text), 400, 'invalid_request');
  });
});

describe('P13: files that browsers and robots ask for', () => {
  it.each([
    '/favicon.ico',
    '/robots.txt?x=1',
    '/sitemap.xml',
    '/apple-touch-icon-precomposed.png',
    '/.well-known/security.txt',
    '/.well-known/resource-that-should-not-exist-whose-status-code-should-not-be-200',
    '/.well-known/acme-challenge/x',
    '/.env',
    '/.git/config',
    '/wp-login.php',
    '/a/b.c/d',
  ])('%s is 404, and leads to no log-in', async (path) => {
    expectProblem(await send(get('', path)), 404, 'not_found');
    const page = await send(get('Accept: text/html\r\n', path));
    expect(page).toMatch(/^HTTP\/1\.1 404 [\s\S]*text\/html[\s\S]*There is no such page/);
    expect(served).toEqual([]);
  });

  it('the page where a password is changed is found by its well-known name', async () => {
    const answer = await send(get('', '/.well-known/change-password'));
    expect(answer).toMatch(/^HTTP\/1\.1 303 [\s\S]*^Location: \/account\r$/m);
    expect(served).toEqual([]);
  });

  it.each([
    '/icon.svg',
    '/host.mjs',
    '/host.mjs.sha256',
    '/_next/static/chunks/a.js',
    '/account',
    '/login?callbackUrl=/a.b',
  ])('what there is, is served: %s', async (path) => {
    expect(await send(get('', path))).toMatch(/^HTTP\/1\.1 200 /);
  });
});

describe('F26: a method that a path does not take', () => {
  const ask = (method: string, target: string, head = '') =>
    send(`${method} ${target} HTTP/1.1\r\n${good}Connection: close\r\n${head}\r\n`);

  it.each([
    ['POST', '/', 'GET, HEAD, OPTIONS'],
    ['PUT', '/teams/tea_x/rules', 'GET, HEAD, OPTIONS'],
    ['DELETE', '/login', 'GET, HEAD, OPTIONS'],
    ['PATCH', '/icon.svg', 'GET, HEAD, OPTIONS'],
    ['POST', '/_next/static/x.js', 'GET, HEAD, OPTIONS'],
    ['POST', '/api/v1/me?x=1', 'GET, HEAD, OPTIONS'],
    ['HEAD', '/api/v1/setup', 'POST, OPTIONS'],
    ['GET', '/api/v1/sso-flows/complete', 'POST, OPTIONS'],
    ['POST', '/api/v1/teams/tea_x/app-rules', 'GET, HEAD, OPTIONS'],
    ['PUT', '/api/v1/connections/x', 'GET, DELETE, HEAD, OPTIONS'],
  ])('%s %s is 405, with what it takes', async (method, target, allow) => {
    const answer = await ask(method, target);
    if (method === 'HEAD') expect(answer).toMatch(/^HTTP\/1\.1 405 /);
    else expectProblem(answer, 405, 'method_not_allowed');
    expect(answer).toMatch(new RegExp(`^Allow: ${allow}\r$`, 'm'));
    expect(served).toEqual([]);
  });

  it.each(['/api', '/api/', '/api/v2/me', '/api/v1/me/', '/api/v1/teams//x', '/api/auth/session'])(
    'where there is no call, none is allowed: %s',
    async (target) => {
      const isDoubled = target.includes('//');
      for (const method of ['GET', 'OPTIONS', 'DELETE']) {
        const answer = await ask(method, target);
        expect(answer).toMatch(isDoubled ? /^HTTP\/1\.1 400 / : /^HTTP\/1\.1 404 /);
      }
      expect(served).toEqual([]);
    },
  );

  it.each([
    ['/', 'GET, HEAD, OPTIONS'],
    ['/api/v1/sessions', 'GET, POST, DELETE, HEAD, OPTIONS'],
  ])('OPTIONS %s says what it takes, and nothing to other origins', async (target, allow) => {
    const head = 'Origin: https://evil.test\r\nAccess-Control-Request-Method: POST\r\n';
    const answer = await ask('OPTIONS', target, head);
    expect(answer).toMatch(/^HTTP\/1\.1 204 /);
    expect(answer).toMatch(new RegExp(`^Allow: ${allow}\r$`, 'm'));
    expect(answer).not.toMatch(/access-control/i);
    expect(served).toEqual([]);
  });

  it('the connection stays, and what follows the body is served', async () => {
    const post = `POST /login HTTP/1.1\r\n${good}Content-Length: 5\r\n\r\nhello`;
    const answer = await send(post + get());
    expect(answer).toMatch(/^HTTP\/1\.1 405 [\s\S]*HTTP\/1\.1 200 /);
    expect(served.map(({ url }) => url)).toEqual(['/']);
  });

  it('a person who pressed a button too early is shown a page', async () => {
    const answer = await ask('POST', '/login', 'Accept: text/html,*/*;q=0.8\r\n');
    expect(answer).toMatch(/^HTTP\/1\.1 405 [\s\S]*text\/html[\s\S]*nothing was done/);
  });
});

describe('what is turned away', () => {
  it.each([
    'TRACE / HTTP/1.1',
    'FOO / HTTP/1.1',
    'PROPFIND / HTTP/1.1',
    'get / HTTP/1.1',
    'CONNECT evil.test:443 HTTP/1.1',
    'CONNECT / HTTP/1.1',
  ])('NXT-16 %s is 405, with what is allowed', async (line) => {
    const answer = await send(`${line}\r\n${good}\r\n`);
    expectProblem(answer, 405, 'method_not_allowed');
    expect(answer).toMatch(/^Allow: GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS$/m);
  });

  it('NXT-16 an unknown method after a good request on the same connection', async () => {
    const { socket, closed } = dial(`GET / HTTP/1.1\r\n${good}\r\n`);
    await new Promise((resolve) => socket.once('data', resolve));
    socket.write(`FOO / HTTP/1.1\r\n${good}\r\n`);
    expect(await closed).toMatch(/^HTTP\/1\.1 200 [\s\S]*HTTP\/1\.1 405 /);
  });

  it.each([
    'http://evil.test/x/',
    'http://app.example/',
    'HTTPS://evil.test',
    '*',
    '//evil.test',
    '//evil.test/..',
    '/\\evil.test',
    '\\\\evil.test',
    '/a//b',
    '/%2f%2fevil.test',
    '/secret%2F',
    '/%5cevil.test',
    '/x/../api',
    '/./api',
    '/x/..',
    '/x/%2e%2e/api',
    '/x/.%2E/api',
    '/x/%2e./api',
    '/x/%2e',
    '/a\\b',
    '/%',
    '/%zz',
    '/%ff',
    '/a%00b',
    '/a#b',
    'secret',
    'evil.test:443',
  ])('NXT-17 NXT-3 the target %s is 400', async (target) => {
    expectProblem(await send(get('', target)), 400, 'invalid_request');
  });

  it.each([
    ['Host: evil.test', 421],
    ['Host: app.example.evil.test', 421],
    ['Host: app.example.', 421],
    ['Host: app.example:80', 421],
    ['Host: 169.254.169.254', 421],
    ['Host: localhost', 421],
    ['Host: localhost:1', 421],
    ['Host: 127.1:PORT', 421],
    ['Host: [::2]:PORT', 421],
    ['Host: app.example:99999', 400],
    ['Host: app.example:', 400],
    ['Host: app.example:443:443', 400],
    ['Host: app.example, evil.test', 400],
    ['Host: user@app.example', 400],
    ['Host: app.example/x', 400],
    ['Host: [::1', 400],
    ['Host: [1:2]', 400],
    ['Host: ', 400],
    ['Host: app.example\r\nHost: app.example', 400],
    ['Host: app.example\r\nhost: evil.test', 400],
    ['X-Host: app.example', 400],
  ])('NXT-19 %j is %i', async (lines, status) => {
    const answer = await send(`GET / HTTP/1.1\r\n${lines.replace('PORT', String(port))}\r\n\r\n`);
    expectProblem(answer, status, status === 421 ? 'misdirected_request' : 'invalid_request');
  });

  it.each([
    ['HTTP/1.0 without Host', 'GET / HTTP/1.0\r\n\r\n'],
    ['an HTTP/0.9 line', 'GET /\r\n\r\n'],
    ['HTTP/0.9', `GET / HTTP/0.9\r\n${good}\r\n`],
    ['HTTP/2.0 in clear text', `GET / HTTP/2.0\r\n${good}\r\n`],
  ])('NXT-29 %s is 400', async (_title, text) => {
    expectProblem(await send(text), 400, 'invalid_request');
  });

  it.each(
    Object.entries({
      'Transfer-Encoding with Content-Length': post(
        'Transfer-Encoding: chunked\r\nContent-Length: 4',
        '0\r\n\r\n',
      ),
      'two Content-Lengths': post('Content-Length: 1\r\nContent-Length: 2', 'xx'),
      'two equal Content-Lengths': post('Content-Length: 1\r\nContent-Length: 1', 'x'),
      'a signed Content-Length': post('Content-Length: +1', 'x'),
      'Transfer-Encoding: xchunked': post('Transfer-Encoding: xchunked', '0\r\n\r\n'),
      'Transfer-Encoding: gzip, chunked': post('Transfer-Encoding: gzip, chunked', '0\r\n\r\n'),
      'two Transfer-Encodings': post(
        'Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked',
        '0\r\n\r\n',
      ),
      'Transfer-Encoding in HTTP/1.0': `POST / HTTP/1.0\r\n${good}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
      'a space before the colon': `GET / HTTP/1.1\r\n${good}A : 1\r\n\r\n`,
      'a bare CR': `GET / HTTP/1.1\r\n${good}A: 1\rB: 2\r\n\r\n`,
      'a bare LF': `GET / HTTP/1.1\n${good}\n`,
      'a folded line': `GET / HTTP/1.1\r\n${good}A: 1\r\n 2\r\n\r\n`,
      NUL: `GET / HTTP/1.1\r\n${good}A: \0\r\n\r\n`,
      'no Host': 'GET / HTTP/1.1\r\n\r\n',
      'a PROXY v1 line': `PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\nGET / HTTP/1.1\r\n${good}\r\n`,
      'a PROXY v2 header': Buffer.from('0d0a0d0a000d0a515549540a20110000', 'hex'),
      'the HTTP/2 preface': 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
      'a TLS hello': Buffer.from('16030100a5010000a10303', 'hex'),
    }),
  )('NXT-15 %s is 400 and the connection is closed', async (_title, text) => {
    expectProblem(await send(text), 400, 'invalid_request');
  });

  it('NXT-22 over 200 header lines are 431, and nothing is dropped without a word', async () => {
    const lines = `${'a: 1\r\n'.repeat(1_000)}Cookie: s=1\r\nX-Forwarded-For: 198.51.100.7\r\n`;
    expectProblem(await send(get(lines)), 431, 'too_many_headers');
  });

  it('IP-156 the 201st header line is 431', async () => {
    expectProblem(await send(get('a: 1\r\n'.repeat(199))), 431, 'too_many_headers');
  });

  it('headers over 16 KiB are 431', async () => {
    expectProblem(await send(get(`A: ${'x'.repeat(17_000)}\r\n`)), 431, 'too_many_headers');
  });

  it('an expectation nobody knows is served without it', async () => {
    expect(await send(get('Expect: tea\r\n'))).toMatch(/ 200 /);
  });
});

describe('P10: who is refused', () => {
  const NAVIGATES = 'Accept: text/html,*/*;q=0.8\r\n';
  const elsewhere = (headers: string) =>
    send(`GET /login HTTP/1.1\r\nHost: other.example\r\n${headers}\r\n`);

  it.each([
    ['a program', ''],
    ['a program that takes anything', 'Accept: */*\r\n'],
    ['a page of ours that asks', `${NAVIGATES}Sec-Fetch-Mode: cors\r\n`],
  ])('%s is told so in JSON', async (_who, headers) => {
    expectProblem(await elsewhere(headers), 421, 'misdirected_request');
  });

  it.each([
    ['who says so', `${NAVIGATES}Sec-Fetch-Mode: navigate\r\n`],
    ['by http, where browsers don’t', NAVIGATES],
  ])('a person at the wrong host is shown a page that leads on: %s', async (_who, headers) => {
    const answer = await elsewhere(headers);
    expect(answer).toMatch(/^HTTP\/1\.1 421 [\s\S]*text\/html[\s\S]*answers for app\.example only/);
    expect(answer).toContain('<a href="https://app.example">');
    expect(answer).not.toContain('other.example');
    expect(served).toEqual([]);
  });

  it.each([
    ['known', `Content-Length: ${600 * 1_024}\r\n\r\n${'A'.repeat(600 * 1_024)}`],
    [
      'unknown',
      `Transfer-Encoding: chunked\r\n\r\n96000\r\n${'A'.repeat(600 * 1_024)}\r\n0\r\n\r\n`,
    ],
  ])('a SAML response of %s length over 512 KiB leads to a page', async (_length, body) => {
    const answer = await send(
      `POST /api/v1/sso-connections/1/saml/acs HTTP/1.1\r\n${good}${NAVIGATES}${body}`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 303 [\s\S]*^Location: \/sso\/failed\?reason=too_large\r$/m);
  });
});

describe('O3: what shows that something in front is set up wrong', () => {
  const HELLO = Buffer.from('16030100050100000100', 'hex');
  const V2 = Buffer.from('0d0a0d0a000d0a515549540a21110000', 'hex');

  /** What the log says of these bytes, sent 100 times by others too. */
  async function saidOf(...sent: (string | Buffer)[]) {
    const said: string[] = [];
    const warnRarely = createRareWarning(({ message, cure }) => {
      expect(Math.max(message.length, cure.length)).toBeLessThanOrEqual(256);
      said.push(`${message} ${cure}`);
    });
    port = await listen({ onRefusal: createDoorLog(APP_URL, warnRarely) });
    for (const bytes of sent) await send(bytes);
    return said;
  }

  it.each<[string, string | Buffer]>([
    ['a path that is no path', `GET /a//b HTTP/1.1\r\n${good}\r\n`],
    ['no HTTP', 'hello\r\n\r\n'],
    ['a method', `FOO / HTTP/1.1\r\n${good}\r\n`],
    ['a word that begins like it', `PROXYING / HTTP/1.1\r\n${good}\r\n`],
    ['a byte of TLS and another protocol', Buffer.from('160201000501', 'hex')],
  ])('nothing is said of %s', async (_what, bytes) => {
    expect(await saidOf(bytes)).toEqual([]);
  });

  it.each<[string, string | Buffer, RegExp]>([
    [
      'another host',
      'GET / HTTP/1.1\r\nHost: 10.0.0.5:3000\r\n\r\n',
      /^A request for the host 10\.0\.0\.5:3000 .* app\.example\. .*proxy_set_header Host .*APP_URL=https:\/\/10\.0\.0\.5:3000$/,
    ],
    [
      'a long one',
      `GET / HTTP/1.1\r\nHost: ${'a'.repeat(300)}\r\n\r\n`,
      /APP_URL=https:\/\/<that host>$/,
    ],
    ['no host', 'GET / HTTP/1.1\r\nHost:\r\n\r\n', /proxy_set_header Host \$host/],
    ['TLS', HELLO, /TLS.*proxy_pass http:/],
    ['the PROXY protocol', 'PROXY TCP4 198.51.100.7 10.0.0.1 1 2\r\n', /PROXY.*send-proxy/],
    ['its second version', V2, /PROXY.*send-proxy/],
  ])('%s is in the log once, with what to write', async (_what, bytes, words) => {
    const said = await saidOf(...Array.from({ length: 20 }, () => bytes));
    expect(said).toEqual([expect.stringMatching(words)]);
  });

  it('each of them has a line of its own', async () => {
    const others = ['a.example', 'b.example'].map(
      (host) => `GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`,
    );
    expect(await saidOf(HELLO, ...others, V2)).toHaveLength(3);
  });
});

describe('bodies over 64 KiB', () => {
  it('NXT-13 are 413 at once where the length is known', async () => {
    const answer = await send(post(`Content-Length: ${MAX_BODY_BYTES + 1}`));
    expectProblem(answer, 413, 'payload_too_large');
  });

  it('NXT-13 are not asked for', async () => {
    const answer = await send(post('Expect: 100-continue\r\nContent-Length: 20000000'));
    expectProblem(answer, 413, 'payload_too_large');
  });

  it('NXT-13 reach a caller who sends all 20 MB before he reads', async () => {
    const status = await new Promise((resolve, reject) => {
      const upload = request(
        {
          port,
          path: '/api/v1/sessions',
          method: 'POST',
          headers: { Host: 'app.example', 'Content-Length': 20_000_000 },
        },
        (res) => resolve(res.statusCode),
      );
      upload.on('error', reject).end(Buffer.alloc(20_000_000));
    });
    expect(status).toBe(413);
    expect(served).toEqual([]);
  });

  it('NXT-13 are cut where the length is unknown, and the cut body never ends well', async () => {
    const chunk = `4000\r\n${'x'.repeat(0x4000)}\r\n`;
    const answer = await send(post('Transfer-Encoding: chunked', `${chunk.repeat(40)}0\r\n\r\n`));
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
    expect(answer).toContain('payload_too_large');
    expect(served[0]?.ended).toBe(false);
    expect(served[0]?.body.length).toBeLessThanOrEqual(MAX_BODY_BYTES);
    expect(refused).toEqual(['payload_too_large']);
  });

  it('are cut by one byte too many in a chunk of its own', async () => {
    const { socket, closed } = dial(
      post('Transfer-Encoding: chunked', `10000\r\n${'x'.repeat(0x10000)}\r\n`),
    );
    socket.write('1\r\ny\r\n0\r\n\r\n');
    expect(await closed).toMatch(/^HTTP\/1\.1 413 /);
    expect(served[0]?.ended).toBe(false);
  });

  it('end the request inside, so that nobody waits for the rest', async () => {
    const aborted = new Promise((resolve) => {
      listen({ onRequest: (req) => req.on('error', resolve).resume() }).then((other) => {
        dial(
          post('Transfer-Encoding: chunked', `20000\r\n${'x'.repeat(0x20000)}\r\n0\r\n\r\n`),
          other,
        );
      });
    });
    expect(await aborted).toBeInstanceOf(Error);
  });

  it('after an answer has begun only cut the connection', async () => {
    const other = await listen({ onRequest: (req, res) => req.resume() && res.write('begun') });
    const { socket, closed } = dial(post('Transfer-Encoding: chunked', '1\r\nx\r\n'), other);
    await new Promise((resolve) => socket.once('data', resolve));
    socket.on('error', () => {});
    socket.write(`20000\r\n${'x'.repeat(0x20000)}\r\n`);
    expect(await closed.catch(() => '')).not.toContain('413');
  });
});

describe('after a refusal', () => {
  it('nothing that was sent behind it is served', async () => {
    const smuggled = `GET /admin HTTP/1.1\r\n${good}\r\n`;
    await send(`TRACE / HTTP/1.1\r\n${good}\r\n${smuggled}`);
    await send(`GET //x HTTP/1.1\r\n${good}\r\n${smuggled}`);
    await send(post('Content-Length: 70000', `${'x'.repeat(70_000)}${smuggled}`));
    await send(`FOO / HTTP/1.1\r\n${good}\r\n${smuggled}`);
    expect(served).toEqual([]);
  });

  it('an answer that is under way is not mixed with it', async () => {
    let finish = () => {};
    const other = await listen({
      onRequest: (_req, res) => {
        finish = () => res.end('slow');
      },
    });
    const { socket, closed } = dial(`GET / HTTP/1.1\r\n${good}\r\n`, other);
    socket.on('error', () => {});
    socket.write('garbage\r\n\r\n');
    const answer = await closed.catch(() => '');
    finish();
    expect(answer).not.toContain('400');
  });
});

describe('upgrades', () => {
  const upgrade = (line: string, head: string) =>
    send(
      `${line}\r\n${head}Connection: Upgrade\r\n${/upgrade:/i.test(head) ? '' : 'Upgrade: websocket\r\n'}\r\n`,
    );

  it('WS-13 that nobody owns get a complete 404 and are closed', async () => {
    expect(await upgrade('GET /nope HTTP/1.1', good)).toMatch(
      /^HTTP\/1\.1 404 [\s\S]*"code":"not_found"/,
    );
  });

  it.each([
    ['WS-29 h2c', 'GET / HTTP/1.1', `${good}Upgrade: h2c\r\n`, 400, 'invalid_request'],
    [
      'WS-15 an absolute target',
      'GET http://127.0.0.1:6379/ HTTP/1.1',
      good,
      400,
      'invalid_request',
    ],
    ['NXT-19 a foreign Host', 'GET / HTTP/1.1', 'Host: evil.test\r\n', 421, 'misdirected_request'],
    ['a POST', 'POST / HTTP/1.1', good, 405, 'method_not_allowed'],
    ['HTTP/1.0', 'GET / HTTP/1.0', good, 400, 'invalid_request'],
    [
      'WS-30 too many headers',
      'GET / HTTP/1.1',
      `${good}${'a: 1\r\n'.repeat(1_000)}`,
      431,
      'too_many_headers',
    ],
  ] as const)('%s is refused before anybody sees it', async (_title, line, head, status, code) => {
    expectProblem(await upgrade(line, head), status, code);
  });

  it('a caller who vanishes during a refusal does no harm', async () => {
    for (let round = 0; round < 20; round += 1) {
      const { socket, closed } = dial(
        `GET /nope HTTP/1.1\r\n${good}Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n`,
      );
      socket.resetAndDestroy();
      await closed.catch(() => {});
    }
    expect(await send(get())).toMatch(/ 200 /);
  });
});

describe('time', () => {
  const IMPATIENT = { headersTimeout: 200, requestTimeout: 400, connectionsCheckingInterval: 50 };

  it('NXT-27 WS-32 a head that never ends is 408, while others are served', async () => {
    const other = await listen({}, IMPATIENT);
    const slow = dial('GET / HTTP/1.1\r\nHost: app.ex', other);
    expect(await dial(get(), other).closed).toMatch(/ 200 /);
    expect(await slow.closed).toMatch(/^HTTP\/1\.1 408 [\s\S]*"code":"request_timeout"/);
  });

  it('a body that never ends is 408', async () => {
    const other = await listen({}, IMPATIENT);
    const slow = dial(post('Content-Length: 5', 'abc'), other);
    expect(await slow.closed).toMatch(/^HTTP\/1\.1 408 /);
    expect(served[0]?.ended).toBe(false);
  });

  it('an idle connection outlives the header timeout', async () => {
    const other = await listen(
      {},
      { headersTimeout: 100, requestTimeout: 200, connectionsCheckingInterval: 20 },
    );
    const { socket, closed } = dial(`GET /1 HTTP/1.1\r\n${good}\r\n`, other);
    await new Promise((resolve) => socket.once('data', resolve));
    // When a slow one is closed, the idle one has been looked at as well.
    await dial('GET', other).closed;
    socket.write(get('', '/2'));
    expect((await closed).match(/HTTP\/1\.1 200/g)).toHaveLength(2);
  });

  it('proxies close idle connections first', () => {
    const [server] = servers;
    expect(server?.keepAliveTimeout).toBeGreaterThan(120_000);
    expect(server?.headersTimeout).toBeLessThanOrEqual(60_000);
  });
});
