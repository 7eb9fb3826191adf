import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  type Call,
  codeOf,
  freePort,
  network,
  PASSWORD,
  TestServer,
  type TestUser,
} from '../support/harness';
import { type Nginx, startNginx } from '../support/nginx';
import { type SocketCall, TestSocket } from '../support/socket-client';
import { connect, Sockets, stateOf } from '../support/socket-scene';

// The story behind nginx as README.md sets it up: every address here is the one that a connection to
// nginx really comes from.

const HOME = '127.0.0.11';
const CAFE = '127.0.0.99';
const THIEF = '127.0.0.66';

let server: TestServer;
let nginx: Nginx;
let teamId: string;
let valerie: TestUser;
let computer: { id: string; key: string };
let host: TestSocket;
const sockets = new Sockets();

beforeAll(async () => {
  const port = await freePort();
  server = await TestServer.start({ APP_URL: `http://localhost:${port}` });
  nginx = await startNginx(port, [server.port]);
  teamId = await server.addTeam();
});
afterAll(async () => {
  await nginx?.stop();
  await server?.stop();
});

beforeEach(async () => {
  valerie = await server.addUser({ teamId, name: 'Valerie', at: HOME });
  computer = await server.addHost(teamId);
  host = await open({ token: computer.key, from: '127.0.0.21' });
});

const open = (call: SocketCall) => sockets.open(server, { port: nginx.port, from: HOME, ...call });
const get = (path: string, call: Call) => server.get(path, { port: nginx.port, ...call });
const post = (path: string, call: Call) => server.post(path, { port: nginx.port, ...call });

/** What a thief adds to what he asks for, to be taken for Valerie. */
const disguise = {
  'x-forwarded-for': HOME,
  'x-real-ip': HOME,
  forwarded: `for=${HOME}`,
};
const disguises: [string, Record<string, string | string[]>][] = [
  ['as he is', {}],
  ['with her address in every header', disguise],
  ['with her address in two lines', { 'x-forwarded-for': [HOME, HOME] }],
];

describe('the story over WebSocket, behind nginx', () => {
  it.each(disguises)('a stolen token is refused, %s', async (_how, headers) => {
    const thief = await open({ token: valerie.token, from: THIEF, headers });
    const attemptId = thief.offer(computer.id);
    expect(await thief.next('error')).toMatchObject({
      code: 'ip_verification_required',
      attemptId,
      client: { address: THIEF, network: network(THIEF) },
    });
    await thief.settled();
    await host.settled();
    expect(host.unread).toEqual([]);
    expect(await stateOf(server, attemptId)).toBeUndefined();
    expect(
      await server.count(
        `audit_events WHERE type = 'gate.refused' AND session_id = $1 AND address = $2`,
        [valerie.sessionId, THIEF],
      ),
    ).toBe(1);
  });

  it('its owner connects from home: offer, answer, candidates, end', async () => {
    const client = await open({ token: valerie.token });
    const { attemptId, connectionId } = await connect(client, host, computer.id);
    expect(await client.next('offer_received')).toMatchObject({ attemptId, online: true });
    const long = 'x'.repeat(60_000);
    client.send('candex', { attemptId, data: { candidate: long } });
    expect(await host.next('candex_relay')).toEqual({ attemptId, data: { candidate: long } });
    host.send('candex', { attemptId, data: { candidate: long } });
    expect(await client.next('candex_relay')).toEqual({ attemptId, data: { candidate: long } });
    client.send('offer_cancel', { attemptId });
    const closed = { attemptId, connectionId, reason: 'closed' };
    expect(await host.next('connection_closed')).toEqual(closed);
    expect(await client.next('connection_closed')).toEqual(closed);
  });

  it('in the café she is asked, verifies by HTTP, and goes on, on the same socket', async () => {
    const client = await open({ token: valerie.token, from: CAFE });
    client.offer(computer.id);
    const refusal = (await client.next('error')) as unknown as {
      challenge: { id: string; url: string };
    };
    const { challenge } = refusal;
    expect(challenge.url).toBe(`http://localhost:${nginx.port}/verify/${challenge.id}`);
    const answer = await post('/verifications', {
      token: valerie.token,
      from: CAFE,
      body: { password: PASSWORD, challengeId: challenge.id },
    });
    expect(answer.status).toBe(201);
    expect(await client.next('ip_verified')).toEqual({
      network: network(CAFE),
      trustedUntil: answer.body.verifiedIp.trustedUntil,
      challengeId: challenge.id,
    });
    const { attemptId } = await connect(client, host, computer.id);
    expect(await stateOf(server, attemptId)).toMatchObject({ state: 'accepted' });
  });

  it('a network that is revoked ends what was opened from it, and the next offer is refused', async () => {
    const client = await open({ token: valerie.token });
    const { attemptId, connectionId } = await connect(client, host, computer.id);
    const { data } = (await get('/me/verified-ips', { token: valerie.token, from: HOME })).body;
    await server.delete(`/me/verified-ips/${data[0].id}`, {
      token: valerie.token,
      from: HOME,
      port: nginx.port,
    });
    const reason = 'network_revoked';
    expect(await host.next('connection_closed')).toEqual({ attemptId, connectionId, reason });
    expect(await client.next('connection_closed')).toMatchObject({ reason });
    client.offer(computer.id);
    expect(await client.next('error')).toMatchObject({ code: 'ip_verification_required' });
  });

  it('a session that ends closes its socket with the code that says so', async () => {
    const client = await open({ token: valerie.token });
    await server.delete('/sessions/current', {
      token: valerie.token,
      from: HOME,
      port: nginx.port,
    });
    expect(await client.closed()).toBe(4401);
  });

  it('a refused upgrade arrives as it was answered', async () => {
    const none = await TestSocket.refused(server, { port: nginx.port, from: HOME });
    expect(codeOf(none)).toEqual([401, 'unauthenticated']);
    const page = { cookie: valerie.token, from: HOME, port: nginx.port };
    const elsewhere = { ...page, headers: { origin: 'https://evil.example' } };
    const refused = await TestSocket.refused(server, elsewhere);
    expect(codeOf(refused)).toEqual([403, 'cross_site_request']);
    await open(page);
  });
});

describe('the story over HTTP, behind nginx', () => {
  const ask = (from: string, headers = {}) =>
    post(`/computers/${computer.id}/connections`, {
      token: valerie.token,
      from,
      headers,
      body: {},
    });

  it.each(disguises)('a stolen token is refused, %s', async (_how, headers) => {
    const { status, body } = await ask(THIEF, headers);
    expect([status, body.code]).toEqual([403, 'ip_verification_required']);
    expect(body.client).toEqual({ address: THIEF, network: network(THIEF) });
  });

  it('its owner connects from home; in the café she verifies first', async () => {
    expect((await ask(HOME)).status).toBe(201);
    const { challenge } = (await ask(CAFE)).body;
    const verified = await post('/verifications', {
      token: valerie.token,
      from: CAFE,
      body: { password: PASSWORD, challengeId: challenge.id },
    });
    expect(verified.body.verifiedIp.network).toBe(network(CAFE));
    Object.assign(valerie, { token: verified.body.token });
    expect((await ask(CAFE)).status).toBe(201);
    expect((await ask(THIEF)).status).toBe(403);
  });

  it.each(disguises)(
    'GET /client-address tells the address of whoever asks, %s',
    async (_how, headers) => {
      for (const from of [HOME, THIEF]) {
        const { body } = await get('/client-address', { token: valerie.token, from, headers });
        expect(body).toMatchObject({
          address: from,
          network: network(from),
          reason: null,
          peer: '127.0.0.1',
          hops: [from],
          trusted: from === HOME,
        });
      }
    },
  );

  it('whoever goes past nginx can’t speak in its name', async () => {
    const { body } = await server.get('/client-address', {
      token: valerie.token,
      from: THIEF,
      headers: disguise,
    });
    expect(body).toMatchObject({ address: null, reason: 'proxy_not_configured' });
  });
});

it('nginx had nothing to complain of', () => {
  expect(nginx.log).not.toMatch(/\[(warn|error|crit|alert|emerg)\]/);
});
