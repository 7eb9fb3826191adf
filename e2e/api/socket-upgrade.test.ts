import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { Agent } from 'node:http';
import { createServer } from 'node:net';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { SOCKET_PATH } from '@/lib/contract/protocol';
import { ownServer, sharedServer, type TestUser } from '../support/harness';
import { askRaw, type RawAnswer } from '../support/raw-socket';
import { type Handshake, handshake, RawWebSocket } from '../support/raw-websocket';
import { TestSocket } from '../support/socket-client';

// Who gets a socket. Bytes are written by hand: what no client would send is what an attacker sends.

const server = sharedServer();
let teamId: string;
let valerie: TestUser;
let host: { id: string; key: string };

beforeAll(async () => {
  teamId = await server.addTeam();
  valerie = await server.addUser({ teamId, role: 'owner' });
  host = await server.addHost(teamId);
});

/** A refusal: one complete answer, a problem document, after which the connection was closed. */
async function refused(upgrade: Handshake, at = server): Promise<RawAnswer> {
  const answer = await askRaw(at.port, handshake(at, upgrade), { localAddress: '127.0.0.1' });
  expect(answer.headers).toMatchObject({
    'content-type': 'application/problem+json',
    'cache-control': 'no-store',
    connection: 'close',
    'x-request-id': answer.json.requestId,
  });
  expect(answer.json.status).toBe(answer.status);
  return answer;
}

/** Status and code of a refusal. */
async function refusal(upgrade: Handshake, at = server): Promise<[number, string]> {
  const { status, json } = await refused(upgrade, at);
  return [status, json.code];
}

/** Opens, and is greeted as who it is. */
async function greeted(upgrade: Handshake, at = server) {
  const socket = await RawWebSocket.open(at, upgrade, { localAddress: '127.0.0.1' });
  const { action, payload } = await socket.message();
  socket.tcp.destroy();
  expect(action).toBe('hello');
  return payload;
}

const unknownToken = () => `gate_${randomBytes(32).toString('base64url')}`;
const unknownKey = () => `gatehost_${randomBytes(32).toString('base64url')}`;
const UNAUTHENTICATED = [401, 'unauthenticated'];
const FOREIGN = [403, 'cross_site_request'];
const INVALID = [400, 'invalid_request'];
const NOT_FOUND = [404, 'not_found'];

describe('a socket with a cookie is opened by our own pages only', () => {
  const evil = 'Origin: https://evil.test';
  const own = () => `Origin: ${server.origin}`;
  const with_ = (...lines: string[]) => refusal({ cookie: valerie.token, lines });

  it('WS-1 a foreign Origin is 403', async () => {
    expect(await with_(evil)).toEqual(FOREIGN);
  });

  it('WS-2 Origin: null is 403', async () => {
    expect(await with_('Origin: null')).toEqual(FOREIGN);
  });

  it('WS-3 no Origin is 403', async () => {
    expect(await with_()).toEqual(FOREIGN);
    expect(await with_('Origin:')).toEqual(FOREIGN);
  });

  it('WS-5 two Origins are 403, whichever comes first, and were they equal', async () => {
    expect(await with_(own(), evil)).toEqual(FOREIGN);
    expect(await with_(evil, own())).toEqual(FOREIGN);
    expect(await with_(own(), own())).toEqual(FOREIGN);
    expect(await with_(`${own()}, https://evil.test`)).toEqual(FOREIGN);
  });

  it('a Referer or a Sec-WebSocket-Origin stands for none', async () => {
    expect(await with_(`Referer: ${server.origin}/`)).toEqual(FOREIGN);
    expect(await with_(`Sec-WebSocket-Origin: ${server.origin}`)).toEqual(FOREIGN);
  });

  it('what is refused for its Origin is so whether the session lives or not', async () => {
    expect(await refusal({ cookie: unknownToken(), lines: [evil] })).toEqual(FOREIGN);
  });

  it('our own Origin opens', async () => {
    const hello = await greeted({ cookie: valerie.token, lines: [own()] });
    expect(hello.session.id).toBe(valerie.sessionId);
  });

  it('a bearer token is no cookie: no browser sends it along, so any Origin will do', async () => {
    const hello = await greeted({ token: valerie.token, lines: [evil] });
    expect(hello.session.id).toBe(valerie.sessionId);
  });

  describe('at https://app.example', () => {
    const secure = ownServer({ APP_URL: 'https://app.example' });
    let user: TestUser;
    beforeAll(async () => {
      user = await secure.addUser();
    });
    const from = (origin: string): Handshake => {
      secure.remember(user.token);
      return {
        lines: [
          'Host: app.example',
          `Cookie: __Host-gatehouse.session=${user.token}`,
          `Origin: ${origin}`,
        ],
      };
    };

    it.each([
      'https://app.example.evil.test',
      'https://app.example:444',
      'https://app.example:443',
      'http://app.example',
      'https://app.example/',
      'https://app.example.',
      'https://user@app.example',
      'https://evil.test/https://app.example',
      'app.example',
      'wss://app.example',
      'https://аpp.example',
    ])('WS-4 Origin: %s is 403', async (origin) => {
      expect(await refusal(from(origin), secure)).toEqual(FOREIGN);
    });

    it('WS-4 Origin: https://APP.example is allowed: hosts have no case', async () => {
      for (const origin of ['https://APP.example', 'https://app.example']) {
        expect((await greeted(from(origin), secure)).session.id).toBe(user.sessionId);
      }
    });

    it('a cookie without __Host- is none', async () => {
      const cookie = `Cookie: gatehouse.session=${user.token}`;
      const lines = ['Host: app.example', 'Origin: https://app.example', cookie];
      expect(await refusal({ lines }, secure)).toEqual(UNAUTHENTICATED);
    });
  });
});

describe('one credential', () => {
  const own = () => `Origin: ${server.origin}`;

  it('a cookie with a bearer token is 400', async () => {
    const both = { cookie: valerie.token, token: valerie.token };
    expect(await refusal({ ...both, lines: [own()] })).toEqual(INVALID);
    expect(await refusal(both)).toEqual(INVALID);
  });

  it('a cookie with a computer’s key is 400', async () => {
    const both = { cookie: valerie.token, token: host.key };
    expect(await refusal({ ...both, lines: [own()] })).toEqual(INVALID);
    expect(await refusal({ ...both, cookie: unknownToken() })).toEqual(INVALID);
  });

  it('two cookies are 400, in one line or two, and parts of one', async () => {
    const { token } = valerie;
    const cookie = `${server.cookieName()}=${token}`;
    for (const lines of [
      [`Cookie: ${cookie}; ${cookie}`],
      [`Cookie: ${cookie}`, `Cookie: ${server.cookieName()}=${unknownToken()}`],
      [`Cookie: ${cookie}; ${server.cookieName()}.1=x`],
    ]) {
      expect(await refusal({ lines: [...lines, own()] })).toEqual(INVALID);
    }
  });

  it('two Authorization headers are 400', async () => {
    const second = `Authorization: Bearer ${host.key}`;
    expect(await refusal({ token: valerie.token, lines: [second] })).toEqual(INVALID);
  });
});

describe('no valid credential is 401', () => {
  it('none at all, with the scheme to use', async () => {
    const { status, headers, json } = await refused({});
    expect([status, json.code]).toEqual(UNAUTHENTICATED);
    expect(headers['www-authenticate']).toBe('Bearer');
  });

  it('WS-8 a token in the query string is none', async () => {
    for (const name of ['token', 'access_token', 'authorization', 'key']) {
      for (const value of [valerie.token, host.key]) {
        const line = `GET ${SOCKET_PATH}?${name}=${value} HTTP/1.1`;
        server.remember(value);
        expect(await refusal({ line })).toEqual(UNAUTHENTICATED);
      }
    }
  });

  it('WS-27 a token as a subprotocol is none', async () => {
    for (const value of [valerie.token, `bearer, ${valerie.token}`, host.key]) {
      const lines = [`Sec-WebSocket-Protocol: ${value}`];
      expect(await refusal({ lines })).toEqual(UNAUTHENTICATED);
    }
  });

  it.each<[string, () => Handshake]>([
    ['an unknown token', () => ({ token: unknownToken() })],
    ['an unknown computer’s key', () => ({ token: unknownKey() })],
    ['a token that is none', () => ({ token: 'gate_' })],
    ['a key that is too long', () => ({ token: `${host.key}x` })],
    ['a password', () => ({ lines: [`Authorization: Basic ${btoa(`a:${valerie.token}`)}`] })],
    ['a token without its scheme', () => ({ lines: [`Authorization: ${valerie.token}`] })],
    ['a key as a cookie', () => ({ cookie: host.key, lines: [`Origin: ${server.origin}`] })],
    ['an empty cookie', () => ({ cookie: '', lines: [`Origin: ${server.origin}`] })],
    ['SQL', () => ({ token: `gate_' OR '1'='1` })],
  ])('%s', async (_what, upgrade) => {
    expect(await refusal(upgrade())).toEqual(UNAUTHENTICATED);
  });

  it('a session that was ended', async () => {
    const { token, sessionId } = await server.addSession(valerie.id);
    expect((await greeted({ token })).session.id).toBe(sessionId);
    await server.delete(`/sessions/${sessionId}`, { token: valerie.token });
    expect(await refusal({ token })).toEqual(UNAUTHENTICATED);
  });

  it('a session that ran out', async () => {
    const { token, sessionId } = await server.addSession(valerie.id);
    await server.db.query('UPDATE sessions SET expires_at = gatehouse_now() WHERE id = $1', [
      sessionId,
    ]);
    expect(await refusal({ token })).toEqual(UNAUTHENTICATED);
  });

  it('the key of a computer that was removed', async () => {
    const { id, key } = await server.addHost(teamId);
    expect((await greeted({ token: key })).computer.id).toBe(id);
    const removal = await server.delete(`/teams/${teamId}/computers/${id}`, {
      token: valerie.token,
    });
    expect(removal.status).toBe(204);
    expect(await refusal({ token: key })).toEqual(UNAUTHENTICATED);
  });

  it('a key that another has taken the place of', async () => {
    const { id, key } = await server.addHost(teamId);
    const rotation = await server.post(`/teams/${teamId}/computers/${id}/keys`, {
      token: valerie.token,
      body: {},
    });
    expect(rotation.body.hostKey).toMatch(/^gatehost_/);
    expect(await refusal({ token: key })).toEqual(UNAUTHENTICATED);
    expect((await greeted({ token: rotation.body.hostKey })).computer.id).toBe(id);
  });
});

describe('one path', () => {
  it.each([
    '/nope',
    '/',
    '/api/v1/ws/',
    '/api/v1/ws/x',
    '/api/v1/WS',
    '/api/v1/%77s',
    '/api/v1/ws;x',
    '/api/v1/ws.json',
    '/api/v1',
    '/api/v2/ws',
    '/ws',
  ])('WS-13 %s is 404, and closed', async (path) => {
    expect(await refusal({ line: `GET ${path} HTTP/1.1`, token: valerie.token })).toEqual(
      NOT_FOUND,
    );
  });

  it.each(['/api/v1/./ws', '/api/v1/x/../ws'])('WS-13 %s is no path at all', async (path) => {
    expect(await refusal({ line: `GET ${path} HTTP/1.1`, token: valerie.token })).toEqual([
      400,
      'invalid_request',
    ]);
  });

  it.each(['/api/v1/me', '/api/auth/session', '/login', '/_next/webpack-hmr', '/_next/image'])(
    'WS-16 what answers HTTP at %s takes no upgrade',
    async (path) => {
      expect(await refusal({ line: `GET ${path} HTTP/1.1`, token: valerie.token })).toEqual(
        NOT_FOUND,
      );
    },
  );

  it.each([
    '/api/v1/ws%2f',
    '/api/v1%2Fws',
    '//api/v1/ws',
    '/api//v1/ws',
    '/api/v1\\ws',
    '/api/v1/ws%00',
    '/api/v1/ws%',
    '/api/v1/ws#x',
    'api/v1/ws',
    '*',
  ])('%s is 400', async (target) => {
    expect(await refusal({ line: `GET ${target} HTTP/1.1`, token: valerie.token })).toEqual(
      INVALID,
    );
  });

  it('WS-15 an absolute target is 400, and nobody is connected to', async () => {
    let calls = 0;
    const inner = createServer(() => {
      calls += 1;
    }).listen(0, '127.0.0.1');
    await once(inner, 'listening');
    const address = inner.address();
    const port = typeof address === 'object' ? address?.port : 0;
    const { token } = valerie;
    const to = (target: string) => refusal({ line: `GET ${target} HTTP/1.1`, token });
    expect(await to(`http://127.0.0.1:${port}/`)).toEqual(INVALID);
    expect(await to(`ws://127.0.0.1:${port}${SOCKET_PATH}`)).toEqual(INVALID);
    expect(await to(`http://localhost:${server.port}${SOCKET_PATH}`)).toEqual(INVALID);
    expect(calls).toBe(0);
    inner.close();
  });

  it('a query string changes nothing', async () => {
    const line = `GET ${SOCKET_PATH}?a=1&/api/v1/me HTTP/1.1`;
    expect((await greeted({ line, token: valerie.token })).session.id).toBe(valerie.sessionId);
  });
});

describe('one protocol', () => {
  const ask = (...lines: string[]) => refusal({ token: valerie.token, lines });

  it.each(['h2c', 'websocket, h2c', 'h2c, websocket', 'websocke', 'TLS/1.0'])(
    'WS-29 an upgrade to %s is 400',
    async (protocol) => {
      expect(await ask(`Upgrade: ${protocol}`)).toEqual(INVALID);
    },
  );

  it.each(['12', '14', '0', 'x', '13, 8'])('version %s is 400', async (version) => {
    expect(await ask(`Sec-WebSocket-Version: ${version}`)).toEqual(INVALID);
  });

  it('another version is told which is spoken', async () => {
    const lines = ['Sec-WebSocket-Version: 12'];
    const { headers } = await refused({ token: valerie.token, lines });
    expect(headers['sec-websocket-version']).toBe('13');
  });

  it.each(['x', '', 'AAAAAAAAAAAAAAAAAAAAAA', `${'A'.repeat(22)}=`, `${'A'.repeat(24)}==`])(
    'the key %j is 400',
    async (key) => {
      expect(await ask(`Sec-WebSocket-Key: ${key}`)).toEqual(INVALID);
    },
  );

  it('two keys are 400', async () => {
    const key = `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}`;
    expect(await ask(key, key)).toEqual(INVALID);
  });

  it('a handshake that is none is refused only to who may open one', async () => {
    expect(await refusal({ lines: ['Sec-WebSocket-Version: 12'] })).toEqual(UNAUTHENTICATED);
  });

  it.each(['POST', 'PUT', 'DELETE', 'HEAD', 'OPTIONS'])('%s is 405', async (method) => {
    const line = `${method} ${SOCKET_PATH} HTTP/1.1`;
    const { status, headers, body } = await askRaw(
      server.port,
      handshake(server, { line, token: valerie.token }),
    );
    expect(status).toBe(405);
    expect(headers.allow).toBe('GET');
    expect(body).toContain('method_not_allowed');
  });

  it('HTTP/1.0 is 400', async () => {
    const line = `GET ${SOCKET_PATH} HTTP/1.0`;
    expect(await refusal({ line, token: valerie.token })).toEqual(INVALID);
  });

  it('a foreign Host is 421', async () => {
    expect(await ask('Host: evil.test')).toEqual([421, 'misdirected_request']);
  });

  it('a plain GET is told to upgrade', async () => {
    for (const call of [{}, { token: valerie.token }]) {
      const { status, headers, body } = await server.get('/ws', call);
      expect(status).toBe(426);
      expect(headers).toMatchObject({
        upgrade: 'websocket',
        'content-type': 'application/problem+json',
        'x-request-id': body.requestId,
      });
      expect(headers.connection).toMatch(/upgrade/i);
      expect(body.code).toBe('upgrade_required');
    }
  });

  it.each<[string, string[]]>([
    ['201 lines', Array(201).fill('a: 1')],
    ['2,500 lines', Array(2_500).fill('a: 1')],
    ['20 KiB in one', [`a: ${'a'.repeat(20 * 1_024)}`]],
  ])('WS-30 a flood of headers is 431: %s', async (_what, lines) => {
    expect(await ask(...lines)).toEqual([431, 'too_many_headers']);
  });

  it('WS-19 WS-27 neither compression nor a subprotocol is negotiated', async () => {
    const socket = await RawWebSocket.open(server, {
      token: valerie.token,
      lines: [
        `Sec-WebSocket-Protocol: bearer, ${valerie.token}`,
        'Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits',
      ],
    });
    const names = socket.head.split('\r\n').map((line) => line.split(':', 1)[0]?.toLowerCase());
    expect(names).toContain('sec-websocket-accept');
    expect(names).not.toContain('sec-websocket-extensions');
    expect(names).not.toContain('sec-websocket-protocol');
    expect(socket.head).not.toContain(valerie.token);
    socket.tcp.destroy();
  });
});

describe('half a handshake', () => {
  it('WS-32 of 300 callers is 408 and closed; who is served goes on', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const me = () => server.get('/me', { token: valerie.token, agent });
    const connection = () => Object.values(agent.freeSockets)[0]?.[0];
    await me();
    const kept = connection();
    const open = await TestSocket.open(server, { token: valerie.token });

    const whole = handshake(server, { token: valerie.token });
    const halves = Promise.all(
      Array.from({ length: 300 }, (_, index) =>
        askRaw(server.port, whole.subarray(0, 1 + ((index * 7) % (whole.length - 2)))),
      ),
    );
    expect((await greeted({ token: valerie.token })).session.id).toBe(valerie.sessionId);
    for (const { status, headers, json } of await halves) {
      expect([status, json.code]).toEqual([408, 'request_timeout']);
      expect(headers.connection).toBe('close');
    }

    await open.settled();
    await open.close();
    await vi.waitFor(() => expect(connection()).toBe(kept));
    expect((await me()).status).toBe(200);
    agent.destroy();
  });
});

it('ADM-3 the log of all this holds no token and no key', () => {
  expect(server.log).toContain('refused at the door');
  expect(server.findLeakedSecrets()).toEqual([]);
});
