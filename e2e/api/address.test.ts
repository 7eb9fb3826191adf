import { beforeAll, describe, expect, it } from 'vitest';
import {
  ADDRESS_ROWS,
  type Case,
  client,
  HERS,
  lines,
  type Result,
  realIp,
  resultOf,
  TRUSTED,
  type Wanted,
  xff,
} from '../support/address-rows';
import { ownServer, sharedServer, type TestServer, type TestUser } from '../support/harness';
import { askRaw, type Wire } from '../support/raw-socket';
import { handshake, RawWebSocket } from '../support/raw-websocket';

// The address of a client over real sockets: as `GET /client-address` tells it, and as a WebSocket is
// greeted with it. Bytes are written by hand: what an HTTP client would refuse to send is what an
// attacker sends.

const VICTIM = '198.51.100.7';
/** A public origin: private and loopback clients are refused unless they are allowed. */
const PUBLIC = { APP_URL: 'http://gatehouse.example', TRUSTED_PROXIES: TRUSTED };

/** How many header lines either edge is asked with beside those that are given. */
const OWN_LINES = { http: 3, socket: 6 };

type Ask = (server: TestServer, token: string, lines: string[], wire?: Wire) => Promise<Result>;

// biome-ignore lint/suspicious/noExplicitAny: more than every edge tells; each test says what it expects of it
async function overHttp(...[server, token, lines, wire]: Parameters<Ask>): Promise<any> {
  const head = [
    'GET /api/v1/client-address HTTP/1.1',
    `Host: localhost:${server.port}`,
    `Authorization: Bearer ${token}`,
    'Connection: close',
    ...lines,
  ];
  const bytes = Buffer.from(`${head.join('\r\n')}\r\n\r\n`);
  return (await askRaw(server.port, bytes, { localAddress: '127.0.0.1', ...wire })).json;
}

const overSocket: Ask = async (server, token, lines, wire) => {
  const at = { localAddress: '127.0.0.1', ...wire };
  const socket = await RawWebSocket.open(server, { token, lines }, at);
  const { action, payload } = await socket.message();
  socket.tcp.destroy();
  await socket.closed;
  expect(action).toBe('hello');
  return payload.client;
};

const EDGES: [name: string, ask: Ask, ownLines: number][] = [
  ['over HTTP', overHttp, OWN_LINES.http],
  ['over WebSocket', overSocket, OWN_LINES.socket],
];

/** An address that nobody knows is trusted by nobody. */
const seen = (wanted: Wanted) => {
  const result = resultOf(wanted);
  return result.address === null ? { ...result, trusted: false } : result;
};

/**
 * The rows that one machine can ask of itself: a loopback address takes the place of the table's proxy.
 * A line break is no part of a line, and 200 lines are asked for below, where each edge's own count.
 */
const canBeSent = ({ peer = '127.0.0.1', headers = [] }: Case) =>
  ['127.0.0.1', '::1'].includes(peer) &&
  headers.length < 199 &&
  !headers.some(([, value]) => value.includes('\r'));

const settingsOf = ({ trusted = TRUSTED, ...given }: Case): Record<string, string> => ({
  TRUSTED_PROXIES: trusted,
  CLIENT_IP_HEADER: given.header ?? 'x-forwarded-for',
  PRIVATE_CLIENTS: given.privateClients ?? 'refuse',
  IPV6_PREFIX: String(given.ipv6Prefix ?? 64),
  APP_URL: given.isSecure ? 'https://gatehouse.example' : PUBLIC.APP_URL,
});

/** What several lines make of each other, beside the table. */
const ON_THE_WIRE: [null, title: string, Case, Wanted][] = [
  [null, 'no header at all', {}, 'no_header'],
  [null, 'another header alone', lines(`X-Real-IP: ${VICTIM}`), 'no_header'],
  [
    null,
    'three lines are one list in wire order, whatever stands between them',
    lines(
      'X-Forwarded-For: 1.1.1.1',
      'A: 1',
      `X-Forwarded-For: ${VICTIM}`,
      'x-forwarded-FOR: fd00::1',
    ),
    HERS,
  ],
  [
    null,
    'a last line that is empty is an empty element',
    lines(`X-Forwarded-For: ${VICTIM}`, 'X-Forwarded-For: '),
    'empty_element',
  ],
  [
    null,
    'a caller’s own line above the proxy’s',
    {
      header: 'forwarded',
      ...lines('Forwarded: for=1.1.1.1', `Forwarded: for=${VICTIM}`),
    },
    HERS,
  ],
  [
    null,
    'a quote left open above the proxy’s line',
    {
      header: 'forwarded',
      ...lines('Forwarded: for="1.1.1.1', `Forwarded: for=${VICTIM}`),
    },
    'bad_forwarded',
  ],
  [null, 'the other header alone', { header: 'forwarded', ...xff(VICTIM) }, 'no_header'],
  [null, 'a list', realIp(`1.1.1.1, ${VICTIM}`), 'not_single'],
  [null, 'a private one', realIp('192.168.1.5'), 'private_address'],
];

/** The rows by the settings that they need, each of which is a server. */
const servers = new Map<string, [title: string, given: Case, wanted: Wanted][]>();
for (const [row, title, given, wanted] of [...ADDRESS_ROWS, ...ON_THE_WIRE]) {
  if (!canBeSent(given)) continue;
  const settings = JSON.stringify(settingsOf(given));
  const name = row === null ? title : `IP-${row} ${title}`;
  servers.set(settings, [...(servers.get(settings) ?? []), [name, given, wanted]]);
}

it('all rows but those of other peers are sent', () => {
  const left = ADDRESS_ROWS.flatMap(([row, , given]) => (canBeSent(given) ? [] : [row]));
  expect(left).toEqual([1, 2, 4, 8, 19, 20, 23, 25, 82, 103, 140, 200, 201, 155]);
});

describe.each([...servers])('%s', (settings, rows) => {
  const server = ownServer({ ...PUBLIC, HOST: '::', ...JSON.parse(settings) });
  let alice: TestUser;
  beforeAll(async () => {
    alice = await server.addUser();
  });

  describe.each(EDGES)('%s', (_edge, ask) => {
    it.each(rows)('%s', async (_title, { peer, headers = [] }, wanted) => {
      const lines = headers.map(([name, value]) => `${name}: ${value}`);
      const wire = peer?.includes(':') ? { host: peer, localAddress: peer } : {};
      expect(await ask(server, alice.token, lines, wire)).toMatchObject(seen(wanted));
    });
  });

  it('HTTP tells which header is read', async () => {
    const { header } = await overHttp(server, alice.token, []);
    expect(header).toBe(JSON.parse(settings).CLIENT_IP_HEADER);
  });
});

describe('x-forwarded-for, behind a listed proxy', () => {
  const server = ownServer({ ...PUBLIC, HOST: '::' });
  let alice: TestUser;
  beforeAll(async () => {
    alice = await server.addUser();
  });

  describe.each(EDGES)('%s', (_edge, askEdge, ownLines) => {
    const ask = (lines: string[], wire?: Wire) => askEdge(server, alice.token, lines, wire);

    it('IP-25 IP-26 a loopback peer that is not listed is no client of a public server', async () => {
      const answer = await ask([], { localAddress: '127.0.0.66' });
      expect(answer).toMatchObject(seen('loopback'));
    });

    it('IP-22 IP-23 an unlisted private peer that forwards is a forgotten proxy', async () => {
      const answer = await ask([`X-Forwarded-For: ${VICTIM}`], { localAddress: '127.0.0.66' });
      expect(answer).toMatchObject(seen('proxy_not_configured'));
    });

    it.each([199, 200])('IP-155 of %i header lines the last is not dropped', async (lines) => {
      expect(await ask(flood(lines, ownLines))).toMatchObject(HERS);
    });
  });

  const flood = (lines: number, ownLines: number) => [
    ...Array(lines - ownLines - 1).fill('a: 1'),
    `X-Forwarded-For: ${VICTIM}`,
  ];
  it.each([201, 1_001, 2_500])('IP-156 %i header lines are 431', async (lines) => {
    const { code } = await overHttp(server, alice.token, flood(lines, OWN_LINES.http));
    expect(code).toBe('too_many_headers');
    const upgrade = handshake(server, {
      token: alice.token,
      lines: flood(lines, OWN_LINES.socket),
    });
    const { status, json } = await askRaw(server.port, upgrade);
    expect([status, json.code]).toEqual([431, 'too_many_headers']);
  });

  it('peer and hops are told as they stood on the wire', async () => {
    const lines = ['X-Forwarded-For: garbage, 1.1.1.1', `X-Forwarded-For: ${VICTIM}`];
    expect(await overHttp(server, alice.token, lines)).toMatchObject({
      peer: '127.0.0.1',
      hops: ['garbage', '1.1.1.1', VICTIM],
      header: 'x-forwarded-for',
    });
    const ipv6 = { host: '::1', localAddress: '::1' };
    expect(await overHttp(server, alice.token, lines, ipv6)).toMatchObject({ peer: '::1' });
    const unlisted = { localAddress: '127.0.0.66' };
    expect(await overHttp(server, alice.token, lines, unlisted)).toMatchObject({
      peer: '127.0.0.66',
      hops: [],
    });
  });

  it('the call needs a session and is asked of the same database as every other', async () => {
    const { status, code } = await overHttp(server, `gate_${'A'.repeat(43)}`, []);
    expect([status, code]).toEqual([401, 'unauthenticated']);
  });
});

describe('private clients on a server of one machine', () => {
  const server = sharedServer();
  let alice: TestUser;
  beforeAll(async () => {
    alice = await server.addUser();
  });

  it.each(EDGES)('%s: are clients, with nothing set', async (_edge, ask) => {
    for (const [address, network] of [
      ['192.168.1.5', '192.168.1.5/32'],
      ['fc00::9', 'fc00::/64'],
    ] as const) {
      const answer = await ask(server, alice.token, [`X-Forwarded-For: ${address}`]);
      expect(answer).toMatchObject(client(address, network));
    }
  });
});
