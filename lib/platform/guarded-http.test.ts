import { once } from 'node:events';
import http, { type RequestListener } from 'node:http';
import https from 'node:https';
import { type AddressInfo, createServer, type Server, Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { type BaseClient, custom, Issuer, type IssuerMetadata } from 'openid-client';
import { generate } from 'selfsigned';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { outgoingRules } from '@/lib/policy/outgoing-url';
import {
  BODY_BYTES_MAX,
  CONNECTION_MS,
  createGuardedHttp,
  type GuardedHttp,
  OutgoingError,
} from './guarded-http';

let tls: { key: string; cert: string };
beforeAll(async () => {
  const names = [
    { type: 2 as const, value: 'idp.test' },
    { type: 7 as const, ip: '127.0.0.1' },
  ];
  const made = await generate([{ name: 'commonName', value: 'idp.test' }], {
    extensions: [
      { name: 'basicConstraints', cA: true },
      { name: 'subjectAltName', altNames: names },
    ],
  });
  tls = { key: made.private, cert: made.cert };
});

type Listener = { port: number; connections: Socket[]; closed: Promise<unknown>[] };

const servers: Server[] = [];
afterEach(() => {
  vi.useRealTimers();
  for (const server of servers.splice(0)) {
    if (server instanceof http.Server) server.closeAllConnections();
    server.close();
  }
});

/** A real listener that remembers who connected. */
async function listen(server: Server, address = '127.0.0.1', port = 0): Promise<Listener> {
  servers.push(server);
  const listener: Listener = { port: 0, connections: [], closed: [] };
  server.on('connection', (socket) => {
    listener.connections.push(socket);
    socket.on('error', () => socket.destroy());
    listener.closed.push(once(socket, 'close').catch(() => undefined));
  });
  server.listen(port, address);
  await once(server, 'listening');
  listener.port = (server.address() as AddressInfo).port;
  return listener;
}

const secure = (answer: RequestListener) => https.createServer(tls, answer);
const plain = (answer: RequestListener) => http.createServer(answer);
const hello: RequestListener = (_request, response) => void response.end('hello');

/** Guarded by the real rules; names resolve as this table says. */
function guarded(
  privateHosts: string[] = [],
  names: Record<string, string[]> = {},
): GuardedHttp & { lookUps: string[] } {
  const lookUps: string[] = [];
  const resolve = async (host: string) => {
    lookUps.push(host);
    const addresses = names[host];
    if (!addresses) throw Object.assign(new Error(`no such name: ${host}`), { code: 'ENOTFOUND' });
    return addresses;
  };
  const made = createGuardedHttp({ ...outgoingRules(privateHosts), resolve, ca: tls.cert });
  return { ...made, lookUps };
}

async function failureOf(asked: Promise<unknown>): Promise<OutgoingError> {
  const error = await asked.then(
    () => 'an answer',
    (failure: unknown) => failure,
  );
  if (!(error instanceof OutgoingError)) throw new Error(`not refused: ${error}`);
  return error;
}

const here = { 'idp.test': ['127.0.0.1'] };

describe('an answer', () => {
  it('comes over TLS from a name whose certificate is checked, by one look-up', async () => {
    const { port } = await listen(
      secure((request, response) => {
        response.setHeader('x-seen', JSON.stringify(request.headers));
        response.writeHead(404).end('näme');
      }),
    );
    const connects = vi.spyOn(Socket.prototype, 'connect');
    const { guardedFetch, lookUps } = guarded(['idp.test'], here);
    const answer = await guardedFetch(`https://idp.test:${port}/a?b`, {
      accept: 'application/json',
      headers: { 'x-ours': '1' },
    });
    expect([answer.status, answer.text, lookUps]).toEqual([404, 'näme', ['idp.test']]);
    expect(connects).toHaveBeenCalledTimes(1);
    expect(JSON.parse(String(answer.headers['x-seen']))).toEqual({
      accept: 'application/json',
      'accept-encoding': 'identity',
      connection: 'close',
      host: `idp.test:${port}`,
      'user-agent': 'Gatehouse',
      'x-ours': '1',
    });
  });

  it('comes over http from this machine, where it is listed', async () => {
    const { port } = await listen(plain(hello));
    const { guardedFetch } = guarded(['127.0.0.1']);
    expect((await guardedFetch(`http://127.0.0.1:${port}/`)).text).toBe('hello');
  });

  it('is found at the second address when nobody answers at the first', async () => {
    const { port } = await listen(secure(hello), '127.0.0.1');
    const { guardedFetch } = guarded(['idp.test'], { 'idp.test': ['127.0.0.9', '127.0.0.1'] });
    expect((await guardedFetch(`https://idp.test:${port}/`)).text).toBe('hello');
  });

  it('is resolved by the system where nothing else is given', async () => {
    const { port } = await listen(plain(hello), 'localhost');
    const { guardedFetch } = createGuardedHttp(outgoingRules(['localhost']));
    expect((await guardedFetch(`http://localhost:${port}/`)).text).toBe('hello');
  });

  it('of exactly the largest size is read whole, and its connection ends', async () => {
    const body = 'x'.repeat(BODY_BYTES_MAX);
    const target = await listen(secure((_request, response) => void response.end(body)));
    const { guardedFetch } = guarded(['idp.test'], here);
    const answer = await guardedFetch(`https://idp.test:${target.port}/`);
    expect(answer.text.length).toBe(BODY_BYTES_MAX);
    await Promise.all(target.closed);
  });
});

describe('no connection arrives', () => {
  const refusedUrls: [row: string, url: (port: number) => string][] = [
    ['SSRF-1', () => 'http://169.254.169.254/latest/meta-data/'],
    ['SSRF-2', () => 'https://169.254.169.254/'],
    ['SSRF-3', (port) => `http://127.0.0.1:${port}/`],
    ['SSRF-3', (port) => `https://127.0.0.1:${port}/`],
    ['SSRF-4', (port) => `https://localhost:${port}/`],
    ['SSRF-5', (port) => `https://[::1]:${port}/`],
    ['SSRF-6', (port) => `https://[::ffff:127.0.0.1]:${port}/`],
    ['SSRF-8', (port) => `https://0x7f000001:${port}/`],
    ['SSRF-8', (port) => `https://127.1:${port}/`],
    ['SSRF-9', (port) => `https://１２７.０.０.１:${port}/`],
    ['SSRF-10', (port) => `https://idp.test@127.0.0.1:${port}/`],
    ['SSRF-16', () => 'file:///etc/passwd'],
    ['SSRF-17', (port) => `https://public.example:${port}/`],
    ['SSRF-20', (port) => `https://metadata.google.internal:${port}/`],
  ];

  it.each(refusedUrls)('%s when the URL is asked by name or number: %s', async (_row, url) => {
    const target = await listen(plain(hello));
    const { guardedFetch, lookUps } = guarded(['idp.test'], {
      ...here,
      'public.example': ['127.0.0.1'],
    });
    const error = await failureOf(guardedFetch(url(target.port)));
    expect(error.reason).toBe('url_not_allowed');
    expect([target.connections.length, lookUps]).toEqual([0, []]);
  });

  it.each(refusedUrls)('%s when a library asks it through the agent: %s', async (_row, url) => {
    const target = await listen(plain(hello));
    const { agent } = guarded(['idp.test'], { ...here, 'public.example': ['127.0.0.1'] });
    const asked = url(target.port);
    const make = () => {
      const request = (asked.startsWith('http:') ? http : https).get(asked, { agent });
      return once(request, 'response');
    };
    if (asked.startsWith('file:')) expect(make).toThrow('Protocol "file:" not supported');
    else expect((await failureOf(make())).reason).toBe('url_not_allowed');
    expect(target.connections).toHaveLength(0);
  });

  it.each([
    ['SSRF-11', ['127.0.0.1']],
    ['SSRF-11', ['::1']],
    ['SSRF-11', ['::ffff:127.0.0.1']],
    ['SSRF-13', ['9.9.9.9', '127.0.0.1']],
    ['SSRF-13', ['127.0.0.1', '9.9.9.9']],
    ['SSRF-13', ['2606:4700::1111', 'fd00::1']],
    ['SSRF-20', ['9.9.9.9', 'fd00:ec2::254']],
    ['SSRF-20', ['not an address']],
  ])('%s when a public name resolves to %j', async (_row, addresses) => {
    const connects = vi.spyOn(Socket.prototype, 'connect');
    const { guardedFetch } = guarded([], { 'localtest.example': addresses });
    const error = await failureOf(guardedFetch('https://localtest.example/'));
    expect(error.reason).toBe('url_not_allowed');
    expect(connects).not.toHaveBeenCalled();
  });

  it('SSRF-3 at a literal address, for which Node asks no look-up, even if its URL passed', async () => {
    const target = await listen(plain(hello));
    const { mayAsk } = outgoingRules(['127.0.0.1']);
    const { mayConnect } = outgoingRules([]);
    const { guardedFetch } = createGuardedHttp({
      mayAsk,
      mayConnect: (url, address) => mayConnect({ ...url, isListed: false }, address),
    });
    const error = await failureOf(guardedFetch(`http://127.0.0.1:${target.port}/`));
    expect([error.reason, target.connections.length]).toEqual(['url_not_allowed', 0]);
  });

  it('SSRF-12 at the address that the name has on the next look-up', async () => {
    // 127.0.0.66 stands for a public address: any other one of this machine is refused.
    const rules = outgoingRules(['rebind.test']);
    const answers = [['127.0.0.66'], ['127.0.0.1']];
    let lookUps = 0;
    const { guardedFetch } = createGuardedHttp({
      mayAsk: rules.mayAsk,
      mayConnect: (url, address) =>
        rules.mayConnect({ ...url, isListed: address === '127.0.0.66' }, address),
      resolve: async () => answers[lookUps++] ?? [],
    });
    const checked = await listen(createServer(), '127.0.0.66');
    const inside = await listen(createServer(), '127.0.0.1', checked.port);
    const asked = guardedFetch(`https://rebind.test:${checked.port}/`);
    while (checked.connections.length === 0) await once(servers[0] as Server, 'connection');
    expect(lookUps).toBe(1);
    checked.connections[0]?.destroy();
    expect((await failureOf(asked)).reason).toBe('unreachable');
    expect(lookUps).toBe(1);

    const again = await failureOf(guardedFetch(`https://rebind.test:${checked.port}/`));
    expect(again.reason).toBe('url_not_allowed');
    expect([checked.connections.length, inside.connections.length, lookUps]).toEqual([1, 0, 2]);
  });

  it('SSRF-23 at a private host, unless it is listed', async () => {
    const target = await listen(secure(hello));
    const names = { 'idp.test': ['127.0.0.1'], 'other.test': ['127.0.0.1'] };
    const { guardedFetch } = guarded(['idp.test'], names);
    expect((await guardedFetch(`https://idp.test:${target.port}/`)).text).toBe('hello');
    for (const url of ['https://other.test/', `https://other.test:${target.port}/`]) {
      expect((await failureOf(guardedFetch(url))).reason).toBe('url_not_allowed');
    }
    expect(target.connections).toHaveLength(1);
  });

  it('T18 where a redirect leads', async () => {
    const target = await listen(plain(hello));
    const { port } = await listen(
      secure((_request, response) => {
        response.writeHead(302, { location: `http://127.0.0.1:${target.port}/` }).end();
      }),
    );
    const { guardedFetch } = guarded(['idp.test', '127.0.0.1'], here);
    const error = await failureOf(guardedFetch(`https://idp.test:${port}/`));
    expect([error.reason, target.connections.length]).toEqual(['bad_answer', 0]);
  });
});

describe('SSRF-18 a slow server is cut off after 5 seconds', () => {
  /** Makes the deadline's timer ours. Sockets keep their own. */
  const holdTime = () => vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });

  it.each([
    ['a byte of the body a second', 'HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n'],
    ['a byte of the headers a second', 'HTTP/1.1 200 OK\r\nX-Slow: '],
  ])('that sends %s', async (_what, start) => {
    holdTime();
    const server = createServer();
    const target = await listen(server);
    const { guardedFetch } = guarded(['127.0.0.1']);
    const asked = failureOf(guardedFetch(`http://127.0.0.1:${target.port}/`));
    const [socket] = (await once(server, 'connection')) as [Socket];
    await once(socket, 'data');
    socket.write(start);
    for (let second = 1; second < CONNECTION_MS / 1000; second += 1) {
      vi.advanceTimersByTime(1_000);
      await new Promise((written) => socket.write('x', written));
    }
    vi.advanceTimersByTime(999);
    expect(socket.destroyed).toBe(false);
    vi.advanceTimersByTime(1);
    expect((await asked).reason).toBe('unreachable');
    await Promise.all(target.closed);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('that accepts the connection and never speaks TLS', async () => {
    holdTime();
    const server = createServer();
    const target = await listen(server);
    const { guardedFetch } = guarded(['idp.test'], here);
    const asked = failureOf(guardedFetch(`https://idp.test:${target.port}/`));
    await once(server, 'connection');
    vi.advanceTimersByTime(CONNECTION_MS);
    expect((await asked).reason).toBe('unreachable');
    await Promise.all(target.closed);
  });

  it('whose name is never resolved, and nothing is connected to when it is after all', async () => {
    holdTime();
    const target = await listen(secure(hello));
    let answer: (addresses: string[]) => void = () => undefined;
    const { guardedFetch } = createGuardedHttp({
      ...outgoingRules(['idp.test']),
      resolve: () => new Promise((fulfil) => (answer = fulfil)),
    });
    const connects = vi.spyOn(Socket.prototype, 'connect');
    const asked = failureOf(guardedFetch(`https://idp.test:${target.port}/`));
    vi.advanceTimersByTime(CONNECTION_MS);
    expect((await asked).reason).toBe('unreachable');
    answer(['127.0.0.1']);
    await new Promise(setImmediate);
    expect(connects).not.toHaveBeenCalled();
    expect(target.connections).toHaveLength(0);
  });

  it('and leaves no timer behind when it was quick', async () => {
    holdTime();
    const target = await listen(secure(hello));
    const { guardedFetch } = guarded(['idp.test'], here);
    await guardedFetch(`https://idp.test:${target.port}/`);
    await Promise.all(target.closed);
    await failureOf(guardedFetch('https://unknown.example/'));
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('SSRF-19 a large answer', () => {
  const endless: RequestListener = (_request, response) => {
    const chunk = Buffer.alloc(64 * 1024, ' ');
    const write = () => {
      while (!response.destroyed && response.write(chunk));
    };
    response.on('drain', write);
    write();
  };

  it('without end is cut off, and its connection ended', async () => {
    const target = await listen(secure(endless));
    const { guardedFetch } = guarded(['idp.test'], here);
    const error = await failureOf(guardedFetch(`https://idp.test:${target.port}/`));
    expect(error.reason).toBe('too_large');
    await Promise.all(target.closed);
  });

  it('one byte over the limit is refused', async () => {
    const body = 'x'.repeat(BODY_BYTES_MAX + 1);
    const { port } = await listen(secure((_request, response) => void response.end(body)));
    const { guardedFetch } = guarded(['idp.test'], here);
    expect((await failureOf(guardedFetch(`https://idp.test:${port}/`))).reason).toBe('too_large');
  });

  it('of headers or of early hints alone is refused', async () => {
    const starts = ['HTTP/1.1 200 OK\r\nX-Long: ', ''];
    const parts = ['x'.repeat(8_192), 'HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n'.repeat(400)];
    for (const [index, start] of starts.entries()) {
      const server = createServer((socket) => {
        socket.write(start);
        const write = () => {
          while (!socket.destroyed && socket.write(parts[index] ?? ''));
        };
        socket.on('drain', write);
        write();
      });
      const { port } = await listen(server);
      const { guardedFetch } = guarded(['127.0.0.1']);
      const error = await failureOf(guardedFetch(`http://127.0.0.1:${port}/`));
      expect(error.reason).toBe('too_large');
    }
  });

  it('that is small while compressed is not unpacked', async () => {
    const bomb = gzipSync(Buffer.alloc(20 * BODY_BYTES_MAX));
    const { port } = await listen(
      secure((_request, response) => {
        response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb);
      }),
    );
    const { guardedFetch } = guarded(['idp.test'], here);
    const error = await failureOf(guardedFetch(`https://idp.test:${port}/`));
    expect([error.reason, error.detail]).toEqual(['bad_answer', 'content encoding gzip']);
  });

  it('is over 512 KiB, and a long one over 5 seconds', () => {
    expect([BODY_BYTES_MAX, CONNECTION_MS]).toEqual([524_288, 5_000]);
  });
});

describe('a bad answer', () => {
  it.each([
    ['no HTTP', 'SSH-2.0-OpenSSH_9.2\r\n'],
    ['not UTF-8', 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n\xff\xfe'],
  ])('%s', async (_what, text) => {
    const server = createServer((socket) => void socket.end(Buffer.from(text, 'latin1')));
    const { port } = await listen(server);
    const { guardedFetch } = guarded(['127.0.0.1']);
    expect((await failureOf(guardedFetch(`http://127.0.0.1:${port}/`))).reason).toBe('bad_answer');
  });

  it('cut short is no answer', async () => {
    const cut = 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhel';
    const { port } = await listen(createServer((socket) => void socket.end(cut)));
    const { guardedFetch } = guarded(['127.0.0.1']);
    expect((await failureOf(guardedFetch(`http://127.0.0.1:${port}/`))).reason).toBe('unreachable');
  });
});

it('a setting that TLS can’t use fails the request, not the process', async () => {
  const { guardedFetch } = createGuardedHttp({
    ...outgoingRules(['idp.test']),
    resolve: async () => ['127.0.0.1'],
    ca: '-----BEGIN CERTIFICATE-----\nno\n-----END CERTIFICATE-----\n',
  });
  expect((await failureOf(guardedFetch('https://idp.test:1/'))).reason).toBe('unreachable');
});

describe('SSRF-22 nobody scans ports by our answers', () => {
  it('a closed port, a port without TLS, a wrong certificate and no such name read the same', async () => {
    const closed = await listen(createServer());
    servers.pop()?.close();
    const mute = await listen(createServer((socket) => void socket.end('220 mail\r\n')));
    const other = await listen(secure(hello));
    const names = { ...here, 'other.test': ['127.0.0.1'] };
    const { guardedFetch } = guarded(['idp.test', 'other.test'], names);
    const failures = await Promise.all(
      [
        `https://idp.test:${closed.port}/`,
        `https://idp.test:${mute.port}/`,
        `https://other.test:${other.port}/`,
        'https://nowhere.example/',
      ].map((url) => failureOf(guardedFetch(url))),
    );
    expect(failures.map(({ reason }) => reason)).toEqual(Array(4).fill('unreachable'));
    expect(new Set(failures.map(({ message }) => message)).size).toBe(1);
    expect(new Set(failures.map(({ detail }) => detail)).size).toBe(4);
  });

  it('an environment variable does not switch off the check of certificates', async () => {
    vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
    try {
      const { port } = await listen(secure(hello));
      const { guardedFetch } = createGuardedHttp({
        ...outgoingRules(['idp.test']),
        resolve: async () => ['127.0.0.1'],
      });
      const error = await failureOf(guardedFetch(`https://idp.test:${port}/`));
      expect([error.reason, error.detail]).toEqual(['unreachable', 'DEPTH_ZERO_SELF_SIGNED_CERT']);
    } finally {
      vi.unstubAllEnvs();
    }
  });
});

describe('openid-client’s own requests', () => {
  /** As next-auth passes a provider's `httpOptions` on. */
  const use = ({ agent }: GuardedHttp) =>
    custom.setHttpOptionsDefaults({ agent, timeout: CONNECTION_MS });

  const clientOf = (metadata: Omit<IssuerMetadata, 'issuer'>): BaseClient => {
    const issuer = new Issuer({ issuer: 'https://idp.test', ...metadata });
    return new issuer.Client({ client_id: 'c', client_secret: 's' });
  };
  /** As a log-in does that meets an unknown key; its types leave it out. */
  const readKeys = (issuer: object): Promise<unknown> => {
    if (!('reloadJwksUri' in issuer) || typeof issuer.reloadJwksUri !== 'function') {
      throw new Error('no such method');
    }
    return issuer.reloadJwksUri();
  };
  const calls: [what: string, call: (url: string) => Promise<unknown>][] = [
    ['discovery', (url) => Issuer.discover(url)],
    ['jwks_uri', (url) => readKeys(clientOf({ jwks_uri: url }).issuer)],
    [
      'token_endpoint',
      (url) => clientOf({ token_endpoint: url }).grant({ grant_type: 'client_credentials' }),
    ],
    ['userinfo_endpoint', (url) => clientOf({ userinfo_endpoint: url }).userinfo('token')],
  ];

  it('reach an identity provider, over https and, on this machine, http', async () => {
    const answer: RequestListener = (request, response) => {
      response.setHeader('content-type', 'application/json');
      const isGrant = request.method === 'POST';
      response.end(isGrant ? '{"access_token":"t","token_type":"bearer"}' : '{"keys":[]}');
    };
    const tlsPort = (await listen(secure(answer))).port;
    const plainPort = (await listen(plain(answer))).port;
    use(guarded(['idp.test', '127.0.0.1'], here));
    for (const url of [`https://idp.test:${tlsPort}/`, `http://127.0.0.1:${plainPort}/`]) {
      for (const [what, call] of calls) {
        expect([what, await call(url).then(() => 'answered')]).toEqual([what, 'answered']);
      }
    }
  });

  describe.each(calls)('SSRF-15 %s', (_what, call) => {
    it('at a place inside reaches nobody', async () => {
      const target = await listen(plain(hello));
      use(guarded(['idp.test'], { ...here, 'inside.example': ['127.0.0.1'] }));
      for (const url of [
        'http://169.254.169.254/latest/meta-data/',
        'https://169.254.169.254/',
        'https://metadata.google.internal/',
        'https://[fd00:ec2::254]/',
        'https://inside.example/',
        `https://inside.example:${target.port}/`,
        `http://127.0.0.1:${target.port}/`,
        `https://127.0.0.1:${target.port}/`,
        `https://localhost:${target.port}/`,
        `https://[::ffff:127.0.0.1]:${target.port}/`,
        `https://0x7f.1:${target.port}/`,
        `https://１２７.０.０.１:${target.port}/`,
        `https://a@127.0.0.1:${target.port}/`,
      ]) {
        const error = await failureOf(call(url));
        expect([url, error.reason]).toEqual([url, 'url_not_allowed']);
      }
      expect(target.connections).toHaveLength(0);
    });

    it('OIDC-23 without end or without haste is cut off', async () => {
      vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
      const large = await listen(
        secure((_request, response) => {
          response.setHeader('content-type', 'application/json');
          const write = () => {
            while (!response.destroyed && response.write(' '.repeat(64 * 1024)));
          };
          response.on('drain', write);
          write();
        }),
      );
      use(guarded(['idp.test'], here));
      await expect(call(`https://idp.test:${large.port}/`)).rejects.toThrow();
      await Promise.all(large.closed);

      const server = secure((_request, response) => {
        response.writeHead(200, { 'content-type': 'application/json' });
        response.write('{', () => vi.advanceTimersByTime(CONNECTION_MS));
      });
      const slow = await listen(server);
      await expect(call(`https://idp.test:${slow.port}/`)).rejects.toThrow();
      await Promise.all(slow.closed);
      expect([large.connections.length, slow.connections.length]).toEqual([1, 1]);
    });

    it('T18 does not follow a redirect', async () => {
      const target = await listen(plain(hello));
      const { port } = await listen(
        secure((_request, response) => {
          response.writeHead(302, { location: `http://127.0.0.1:${target.port}/` }).end();
        }),
      );
      use(guarded(['idp.test', '127.0.0.1'], here));
      await expect(call(`https://idp.test:${port}/`)).rejects.toThrow('302');
      expect(target.connections).toHaveLength(0);
    });
  });
});
