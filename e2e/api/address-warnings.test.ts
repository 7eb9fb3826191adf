import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type ForwardingProxy, startProxy } from '../support/forwarding-proxy';
import { codeOf, HOME, ownServer, TestServer, type TestUser, THIEF } from '../support/harness';
import { askRaw } from '../support/raw-socket';
import { TestSocket } from '../support/socket-client';

// Set-ups by which everybody would share one address: refused where that is certain, else told.

const soon = <T>(check: () => T) => vi.waitFor(check, { timeout: 20_000, interval: 50 });
const timesIn = (text: string, part: string) => text.split(part).length - 1;

describe('F1: an https APP_URL without the proxy being listed', () => {
  const server = ownServer({
    APP_URL: 'https://gatehouse.example',
    TRUSTED_PROXIES: '',
    PRIVATE_CLIENTS: 'allow',
  });
  let olga: TestUser;
  let path: string;
  const UNLISTED = '127.0.0.66';
  beforeAll(async () => {
    const teamId = await server.addTeam();
    olga = await server.addUser({ teamId, role: 'owner', at: UNLISTED });
    path = `/computers/${await server.addComputer(teamId)}/connections`;
  });

  it('shuts the gate over HTTP, though the network is trusted and no header came', async () => {
    const call = { from: UNLISTED, token: olga.token, body: {} };
    const { status, body } = await server.post(path, call);
    expect([status, body.code, body.reason]).toEqual([
      403,
      'client_address_unknown',
      'proxy_not_configured',
    ]);
  });

  it('shuts it over WebSocket', async () => {
    const socket = await TestSocket.open(server, { from: UNLISTED, token: olga.token });
    expect(await socket.next('hello')).toMatchObject({
      client: { address: null, reason: 'proxy_not_configured' },
    });
    await socket.close();
  });

  it('is not believed by X-Forwarded-Proto, and verifies nothing', async () => {
    const before = await server.count('verified_ips');
    const answer = await server.logIn(olga, {
      from: UNLISTED,
      headers: { 'x-forwarded-proto': 'https' },
    });
    expect([answer.status, answer.body.verifiedIp]).toEqual([201, null]);
    expect(await server.count('verified_ips')).toBe(before);
  });

  it('is said at the start, and when somebody comes, with the line to write', () => {
    expect(server.log).toMatch(/APP_URL is https.*TRUSTED_PROXIES=127\.0\.0\.1,::1/);
    expect(timesIn(server.log, '(proxy_not_configured)')).toBe(1);
    // Who came first: the tests' own first request.
    expect(timesIn(server.log, 'start with TRUSTED_PROXIES=127.0.0.1"')).toBe(1);
  });

  it('health goes on answering', async () => {
    for (const probe of ['live', 'ready']) {
      expect((await server.get(`//api/health/${probe}`, { from: UNLISTED })).status).toBe(200);
    }
  });
});

describe('F1: a CDN in front of the listed proxy', () => {
  const server = ownServer({ APP_URL: 'https://gatehouse.example' });
  let caddy: ForwardingProxy;
  let teamId: string;
  let olga: TestUser;
  const EDGE = '104.16.1.1';
  beforeAll(async () => {
    // As README.md's Caddy does: the header is overwritten by the address it sees, which is the CDN's.
    caddy = await startProxy(server, EDGE);
    teamId = await server.addTeam();
    olga = await server.addUser({ teamId, role: 'owner', at: EDGE });
  });
  afterAll(async () => {
    caddy.close();
  });
  const port = () => Number(new URL(caddy.origin).port);
  const ofCdn = (client: string) => ({
    'cf-connecting-ip': client,
    'cf-ray': '8f0aa-FRA',
    'cdn-loop': 'cloudflare; loops=1',
  });
  const health = async (headers = {}) => {
    const call = { token: olga.token, port: port(), headers };
    return (await server.get(`/teams/${teamId}/address-health`, call)).body;
  };

  it('is not warned of while there is none', async () => {
    expect((await health()).warnings).toEqual([]);
  });

  it('is warned of on the addresses page, with the line to write; nothing is refused', async () => {
    const { client, warnings } = await health(ofCdn(HOME));
    expect(client).toMatchObject({ address: EDGE, trusted: true });
    expect(warnings).toEqual([
      {
        code: 'contradicted',
        message: expect.stringContaining(`cf-connecting-ip names ${HOME}`),
        cure: expect.stringMatching(/CLIENT_IP_HEADER=cf-connecting-ip$/),
      },
    ]);
  });

  it('a thief who writes such headers warns himself alone, and makes one line in the log', async () => {
    for (let again = 1; again < 20; again += 1) {
      await server.get('/client-address', {
        token: olga.token,
        from: THIEF,
        headers: ofCdn(`198.51.100.${again}`),
      });
    }
    expect((await health()).warnings).toEqual([]);
    expect(timesIn(server.log, 'cf-connecting-ip names')).toBe(1);
    expect(server.log).not.toContain('198.51.100.1');
  });

  it('the line helps', async () => {
    const helped = await TestServer.startBeside(server, { CLIENT_IP_HEADER: 'cf-connecting-ip' });
    try {
      const headers = { ...ofCdn(HOME), 'x-forwarded-for': EDGE };
      const call = { token: olga.token, headers };
      const { body } = await helped.get(`/teams/${teamId}/address-health`, call);
      expect(body).toMatchObject({ client: { address: HOME }, warnings: [] });
    } finally {
      await helped.stop();
    }
  });

  it('a network that over half of at least three members share is told', async () => {
    await server.addUser({ teamId, at: EDGE });
    expect((await health()).sharedNetworks).toEqual([]);
    await server.addUser({ teamId, at: HOME });
    const { sharedNetworks, warnings } = await health();
    expect(sharedNetworks).toEqual([{ network: `${EDGE}/32`, users: 2, masked: false }]);
    expect(warnings).toMatchObject([{ code: 'shared_network' }]);
    expect(warnings[0].message).toContain('2 of 3 members');
    await server.addUser({ teamId, at: HOME });
    expect((await health()).sharedNetworks).toEqual([]);
  });
});

describe('F14: who makes his own address unknown', () => {
  const server = ownServer({ TRUSTED_PROXIES: '127.0.0.1,10.0.0.0/8' });
  let teamId: string;
  let olga: TestUser;
  beforeAll(async () => {
    teamId = await server.addTeam();
    olga = await server.addUser({ teamId, role: 'owner' });
  });

  it.each([
    ['with 2,100 characters', `${'x'.repeat(2_100)}, ${THIEF}`],
    ['with 51 hops', `${'1.1.1.1,'.repeat(51)}${THIEF}`],
  ])('can’t, before an appending proxy, %s', async (_how, list) => {
    const headers = { 'x-forwarded-for': list };
    const { body } = await server.get('/client-address', { token: olga.token, headers });
    expect(body).toMatchObject({ address: THIEF, reason: null });
  });

  it('leaves a trace by the peer, with the reason, and an owner sees why', async () => {
    const valerie = await server.addUser({ teamId });
    const headers = { 'x-forwarded-for': 'nobody' };
    await server.get('/me', { token: valerie.token });
    await soon(async () =>
      expect(await server.count('sightings WHERE user_id = $1', [valerie.id])).toBe(1),
    );
    for (let use = 0; use < 3; use += 1) await server.get('/me', { token: valerie.token, headers });
    const select = `SELECT network, address, reason, count::int, verified, would_block FROM sightings
                    WHERE user_id = $1 AND reason IS NOT NULL`;
    await soon(async () =>
      expect(await server.rows(select, [valerie.id])).toEqual([
        {
          network: 'peer 127.0.0.1',
          address: '127.0.0.1',
          reason: 'bad_address',
          count: 3,
          verified: false,
          would_block: { 'api.read': 3 },
        },
      ]),
    );
    const { rows } = await server.db.query(
      'SELECT last_seen_address FROM sessions WHERE user_id = $1',
      [valerie.id],
    );
    expect(rows).toEqual([{ last_seen_address: HOME }]);
    const call = { token: olga.token };
    const { body } = await server.get(`/teams/${teamId}/address-health`, call);
    expect(body.warnings).toMatchObject([{ code: 'others_unknown' }]);
    expect(body.warnings[0].message).toMatch(/one member.*127\.0\.0\.1.*bad_address/);

    // What was before this start was by other settings, which somebody may have mended.
    await server.db.query(
      "UPDATE sightings SET last_seen_at = last_seen_at - interval '1 hour' WHERE user_id = $1",
      [valerie.id],
    );
    const later = await server.get(`/teams/${teamId}/address-health`, call);
    expect(later.body.warnings).toEqual([]);
  });

  it('O3: each reason is in the log once', () => {
    expect(timesIn(server.log, '(bad_address)')).toBe(1);
    expect(server.log).toMatch(/TRUSTED_PROXIES holds 10\.0\.0\.0\/8/);
  });
});

describe('O2: the shortest proxy, with the settings of a trial', () => {
  const server = ownServer({ TRUSTED_PROXIES: '', TRUSTED_PROXY: '127.0.0.1' });
  let olga: TestUser;
  let teamId: string;
  let path: string;
  const HERE = '127.0.0.1';
  beforeAll(async () => {
    teamId = await server.addTeam();
    olga = await server.addUser({ teamId, role: 'owner', at: HERE });
    path = `/computers/${await server.addComputer(teamId)}/connections`;
  });

  it('HTTP/1.0 from this machine is a proxy’s: a stolen token is refused through it', async () => {
    const ask = (version: string) =>
      askRaw(
        server.port,
        Buffer.from(
          [
            `POST /api/v1${path} HTTP/${version}`,
            `Host: 127.0.0.1:${server.port}`,
            'Connection: close',
            `Authorization: Bearer ${olga.token}`,
            'Content-Type: application/json',
            'Content-Length: 2',
            '',
            '{}',
          ].join('\r\n'),
        ),
        { localAddress: HERE },
      );
    const through = await ask('1.0');
    expect([through.status, through.json.code, through.json.reason]).toEqual([
      403,
      'client_address_unknown',
      'proxy_not_configured',
    ]);
    expect((await ask('1.1')).status).toBe(201);
    expect(server.log).toContain('start with TRUSTED_PROXIES=127.0.0.1');
  });

  it('a browser that came under another origin is told so, with the origin; the log too, once', async () => {
    const ask = (origin: string, site: string) =>
      server.addFriend('x@example.com', {
        from: HERE,
        cookie: olga.token,
        headers: { origin, 'sec-fetch-site': site },
      });
    const { status, body } = await ask('https://gate.example.com', 'same-origin');
    expect([status, body.code]).toEqual([403, 'cross_site_request']);
    expect(body.detail).toContain('opened at https://gate.example.com');
    await ask('https://other.example.com', 'same-origin');
    expect(timesIn(server.log, 'start with APP_URL=')).toBe(1);
    for (const [origin, site] of [
      ['https://evil.example', 'cross-site'],
      ['null', 'same-origin'],
      ['https://x/<b>', 'same-origin'],
    ] as const) {
      const answer = await ask(origin, site);
      expect(codeOf(answer)).toEqual([403, 'cross_site_request']);
      expect(answer.body.detail).toContain('another site');
    }
  });

  it('two people on this machine are told on the addresses page, and go on', async () => {
    const valerie = await server.addUser({ teamId, at: HERE });
    expect((await server.post(path, { from: HERE, token: valerie.token, body: {} })).status).toBe(
      201,
    );
    const call = { from: HERE, token: olga.token };
    const { body } = await server.get(`/teams/${teamId}/address-health`, call);
    expect(body.warnings.map(({ code }: { code: string }) => code)).toContain('shared_loopback');
  });

  describe('a proxy that adds nothing and speaks HTTP/1.1', () => {
    const logIn = (user: TestUser, headers = {}) => server.logIn(user, { from: HERE, headers });
    const connect = (token: string) => server.post(path, { from: HERE, token, body: {} });

    it('the second who comes by a program is refused, and told what to write', async () => {
      const thomas = await server.addUser({ teamId, at: null });
      const { status, body } = await logIn(thomas);
      expect([status, body.verifiedIp]).toEqual([201, null]);
      const refusal = await connect(body.token);
      expect([refusal.status, refusal.body.code, refusal.body.reason]).toEqual([
        403,
        'client_address_unknown',
        'proxy_not_configured',
      ]);
      const verified = await server.verify({ ...thomas, token: body.token }, { from: HERE });
      expect([verified.status, verified.body.code, verified.body.reason]).toEqual([
        403,
        'client_address_unknown',
        'proxy_not_configured',
      ]);
      const { rows } = await server.db.query('SELECT 1 FROM verified_ips WHERE user_id = $1', [
        thomas.id,
      ]);
      expect(rows).toEqual([]);
      expect(server.log).toMatch(/TRUSTED_PROXIES=127\.0\.0\.1\. .*PRIVATE_CLIENTS=allow"/);
      await vi.waitFor(
        async () => {
          const call = { from: HERE, token: olga.token };
          const { warnings } = (await server.get(`/teams/${teamId}/address-health`, call)).body;
          expect(warnings).toContainEqual({
            code: 'others_unknown',
            message: expect.stringContaining('(proxy_not_configured)'),
            cure: expect.stringMatching(/TRUSTED_PROXIES=127\.0\.0\.1\. .*PRIVATE_CLIENTS=allow$/),
          });
        },
        { timeout: 20_000 },
      );
      // Whoever was there before goes on.
      expect((await connect(olga.token)).status).toBe(201);
    });

    it('a browser on this machine says so by its origin, and anybody there may try', async () => {
      const vera = await server.addUser({ teamId, at: null });
      const { body } = await logIn(vera, { origin: server.origin });
      expect(body.verifiedIp).toMatchObject({ network: '127.0.0.1/32' });
      expect((await connect(body.token)).status).toBe(201);
      for (const origin of ['https://gate.example.com', `${server.origin}.example`, 'null', '']) {
        const other = await server.addUser({ teamId, at: null });
        expect((await logIn(other, { origin })).body.verifiedIp).toBeNull();
      }
    });

    it.each([
      ['an operator who says that people sit here', { PRIVATE_CLIENTS: 'allow' }],
      ['one who has listed a proxy', { TRUSTED_PROXIES: '10.0.0.1' }],
    ])('%s is believed', async (_who, settings) => {
      const told = await TestServer.startBeside(server, settings);
      try {
        const wim = await server.addUser({ teamId, at: null });
        const { body } = await told.logIn(wim, { from: HERE });
        expect(body.verifiedIp).toMatchObject({ network: '127.0.0.1/32' });
      } finally {
        await told.stop();
      }
    });
  });

  it('O3: a name that is no setting is named', () => {
    expect(server.log).toContain('TRUSTED_PROXY is no setting');
  });
});
