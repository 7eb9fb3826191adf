import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { SocketCall, TestSocket } from './gateway-client';
import * as scene from './gateway-scene';
import { CAFE, HOME, network, PASSWORD, TestServer, type TestUser, THIEF } from './harness';

let server: TestServer;
let teamId: string;
let valerie: TestUser;
let computer: { id: string; key: string };
let host: TestSocket;
const sockets = new scene.Sockets();

beforeAll(async () => {
  server = await TestServer.start();
  teamId = await server.addTeam();
});
afterAll(async () => {
  await sockets.close();
  await server.stop();
});

beforeEach(async () => {
  valerie = await server.addUser({ teamId, name: 'Valerie' });
  computer = await server.addHost(teamId);
  host = await open({ token: computer.key });
});

const open = (call: SocketCall) => sockets.open(server, call);
const stateOf = (attemptId: string) => scene.stateOf(server, attemptId);
const connect = (client: TestSocket) => scene.connect(client, host, computer.id);

describe('the story over WebSocket', () => {
  it('a stolen token is refused at the offer, and the computer hears nothing of it', async () => {
    const thief = await open({ token: valerie.token, from: THIEF });
    const attemptId = thief.offer(computer.id);
    const refusal = await thief.next('error');
    expect(refusal).toMatchObject({
      code: 'ip_verification_required',
      status: 403,
      action: 'computer.connect',
      attemptId,
      client: { address: THIEF, network: network(THIEF) },
      methods: ['password'],
    });
    await thief.settled();
    await host.settled();
    expect(host.unread).toEqual([]);
    expect(await stateOf(attemptId)).toBeUndefined();
    expect(
      await server.count(`audit_events WHERE type = 'gate.refused' AND session_id = $1`, [
        valerie.sessionId,
      ]),
    ).toBe(1);
  });

  it('its owner connects from home: offer, answer, candidates, end', async () => {
    const client = await open({ token: valerie.token });
    const attemptId = client.offer(computer.id, { type: 'offer', sdp: 'v=0' });
    const received = await client.next('offer_received');
    expect(received).toMatchObject({ attemptId, online: true });

    const offer = await host.next('offer_relay');
    expect(offer).toEqual({
      attemptId,
      connectionId: received.connectionId,
      from: { userId: valerie.id, name: 'Valerie' },
      data: { type: 'offer', sdp: 'v=0' },
    });
    host.send('answer', { attemptId, approved: true, data: { sdp: 'answer' } });
    expect(await client.next('answer_relay')).toEqual({
      attemptId,
      connectionId: received.connectionId,
      approved: true,
      data: { sdp: 'answer' },
    });
    expect(await stateOf(attemptId)).toMatchObject({ state: 'accepted' });

    client.send('candex', { attemptId, data: { candidate: 'of the client' } });
    expect(await host.next('candex_relay')).toEqual({
      attemptId,
      data: { candidate: 'of the client' },
    });
    host.send('candex', { attemptId, data: { candidate: 'of the host' } });
    expect(await client.next('candex_relay')).toEqual({
      attemptId,
      data: { candidate: 'of the host' },
    });

    client.send('offer_cancel', { attemptId });
    const closed = { attemptId, connectionId: received.connectionId, reason: 'closed' };
    expect(await host.next('connection_closed')).toEqual(closed);
    expect(await client.next('connection_closed')).toEqual(closed);
    expect(await stateOf(attemptId)).toMatchObject({ state: 'closed' });
  });

  it('in the café she is asked, verifies by HTTP, and the repeated offer goes through on the same socket', async () => {
    const client = await open({ token: valerie.token, from: CAFE });
    client.offer(computer.id);
    const { challenge } = (await client.next('error')) as unknown as {
      challenge: { id: string };
    };
    const answer = await server.post('/verifications', {
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
    const { attemptId } = await connect(client);
    expect(await stateOf(attemptId)).toMatchObject({ state: 'accepted' });
  });

  it('a challenge passed on the prompt page, without a session, is told to the socket that waits', async () => {
    const client = await open({ token: valerie.token, from: CAFE });
    client.offer(computer.id);
    const { challenge } = (await client.next('error')) as unknown as {
      challenge: { id: string };
    };
    const answer = await server.post(`/challenges/${challenge.id}/verifications`, {
      from: CAFE,
      body: { password: PASSWORD },
    });
    expect(answer.status).toBe(201);
    expect(await client.next('ip_verified')).toMatchObject({ challengeId: challenge.id });
    await connect(client);
  });

  it('nobody else’s socket of the same session hears of it: not the thief’s, elsewhere', async () => {
    const thief = await open({ token: valerie.token, from: THIEF });
    const client = await open({ token: valerie.token });
    const { attemptId } = await connect(client);
    host.send('candex', { attemptId, data: { candidate: 'secret' } });
    await client.next('candex_relay');
    thief.send('candex', { attemptId, data: { candidate: 'mine' } });
    expect(await thief.next('error')).toMatchObject({ code: 'not_found', attemptId });
    await thief.settled();
    await host.settled();
    expect(thief.unread).toEqual([]);
    expect(host.unread).toEqual([]);
  });
});

describe('a live connection', () => {
  it('ends before both ends’ eyes when its network is revoked', async () => {
    const client = await open({ token: valerie.token });
    const { attemptId, connectionId } = await connect(client);
    const { data } = (await server.get('/me/verified-ips', { token: valerie.token })).body;
    await server.delete(`/me/verified-ips/${data[0].id}`, { token: valerie.token });
    expect(await host.next('connection_closed')).toEqual({
      attemptId,
      connectionId,
      reason: 'network_revoked',
    });
    expect(await client.next('error')).toMatchObject({
      code: 'connection_revoked',
      attemptId,
      connectionId,
      reason: 'network_revoked',
    });
    client.offer(computer.id);
    expect(await client.next('error')).toMatchObject({ code: 'ip_verification_required' });
  });

  it('ends when the team switches enforcement on and it came from elsewhere', async () => {
    const openTeam = await server.addTeam();
    const owner = await server.addUser({ teamId: openTeam, role: 'owner' });
    computer = await server.addHost(openTeam);
    host = await open({ token: computer.key });
    await server.setRule(openTeam, { enabled: false });
    const client = await open({ token: owner.token, from: CAFE });
    const { attemptId } = await connect(client);
    const rules = await server.get(`/teams/${openTeam}/app-rules`, { token: owner.token });
    const answer = await server.patch(`/teams/${openTeam}/app-rules/${rules.body.data[0].id}`, {
      token: owner.token,
      body: { ipVerification: { enabled: true } },
    });
    expect(answer.status).toBe(200);
    expect(await host.next('connection_closed')).toMatchObject({
      attemptId,
      reason: 'rule_changed',
    });
    expect(await client.next('error')).toMatchObject({
      code: 'connection_revoked',
      reason: 'rule_changed',
    });
  });

  it('goes on when trust merely expires, and the next offer is challenged', async () => {
    const client = await open({ token: valerie.token });
    const { attemptId } = await connect(client);
    await server.trust(valerie.id, HOME, 90 * 24 * 3_600_000);
    client.send('candex', { attemptId, data: {} });
    await host.next('candex_relay');
    client.offer(computer.id);
    expect(await client.next('error')).toMatchObject({ code: 'ip_verification_required' });
    expect(await stateOf(attemptId)).toMatchObject({ state: 'accepted' });
  });

  it('is declined by its computer, and audited', async () => {
    const client = await open({ token: valerie.token });
    const attemptId = client.offer(computer.id);
    await host.next('offer_relay');
    host.send('answer', { attemptId, approved: false, data: {} });
    expect(await client.next('answer_relay')).toMatchObject({ attemptId, approved: false });
    expect(await stateOf(attemptId)).toMatchObject({ state: 'declined' });
    expect(
      await server.count(`audit_events WHERE type = 'connection.declined' AND user_id = $1`, [
        valerie.id,
      ]),
    ).toBe(1);
  });

  it('asked for by HTTP goes through the same relay', async () => {
    const client = await open({ token: valerie.token });
    const { connection } = (
      await server.post(`/computers/${computer.id}/connections`, {
        token: valerie.token,
        body: { offer: { sdp: 'by http' } },
      })
    ).body;
    expect(await host.next('offer_relay')).toMatchObject({
      attemptId: connection.id,
      connectionId: connection.id,
      data: { sdp: 'by http' },
    });
    host.send('answer', { attemptId: connection.id, approved: true, data: { sdp: 'yes' } });
    expect(await client.next('answer_relay')).toMatchObject({ connectionId: connection.id });
    const { body } = await server.get(`/connections/${connection.id}`, { token: valerie.token });
    expect(body.connection.state).toBe('accepted');
    await server.delete(`/connections/${connection.id}`, { token: valerie.token });
    expect(await host.next('connection_closed')).toMatchObject({ reason: 'closed' });
  });

  it('that its computer ends is over for its client too', async () => {
    const client = await open({ token: valerie.token });
    const { attemptId, connectionId } = await connect(client);
    host.send('offer_cancel', { attemptId });
    expect(await client.next('connection_closed')).toEqual({
      attemptId,
      connectionId,
      reason: 'closed',
    });
  });

  it('is over when its computer says so and leaves at once, whatever waits before it', async () => {
    const client = await open({ token: valerie.token });
    const { attemptId } = await connect(client);
    for (let i = 0; i < 10; i++) host.send('candex', { attemptId, data: { i } });
    host.send('offer_cancel', { attemptId });
    await host.close();
    expect(await client.next('connection_closed')).toMatchObject({ attemptId, reason: 'closed' });
  });

  it('carries what is too long for a notification', async () => {
    const client = await open({ token: valerie.token });
    const { attemptId } = await connect(client);
    const long = 'x'.repeat(60_000);
    host.send('candex', { attemptId, data: { long } });
    expect(await client.next('candex_relay')).toEqual({ attemptId, data: { long } });
  });
});

describe('a computer', () => {
  it('is online while its socket is open, and those who may connect see it', async () => {
    const watcher = await open({ token: valerie.token });
    const stranger = await open({
      token: (await server.addUser({ teamId: await server.addTeam() })).token,
    });
    const { id, key } = await server.addHost(teamId);
    const list = async () =>
      (await server.get('/computers', { token: valerie.token })).body.data.find(
        (one: { id: string }) => one.id === id,
      );
    expect(await list()).toMatchObject({ online: false, lastSeenAt: null });
    const socket = await open({ token: key });
    expect(await watcher.next('presence', (p) => p.computerId === id)).toMatchObject({
      online: true,
    });
    expect(await list()).toMatchObject({ online: true });
    await socket.close();
    expect(await watcher.next('presence', (p) => p.computerId === id)).toMatchObject({
      online: false,
    });
    expect(await list()).toMatchObject({ online: false });
    await stranger.settled();
    expect(stranger.has('presence', (p) => p.computerId === id)).toBe(false);
  });

  it('is offered no more than 50 times at once by one session; who is answered may offer again', async () => {
    const client = await open({ token: valerie.token });
    await server.db.query(
      `INSERT INTO connections (computer_id, user_id, session_id, network, offer, expires_at)
       SELECT $1, $2, $3, $4, '{}', gatehouse_now() + interval '1 minute' FROM generate_series(1, 50)`,
      [computer.id, valerie.id, valerie.sessionId, network(HOME)],
    );
    const attemptId = client.offer(computer.id);
    expect(await client.next('error')).toMatchObject({ code: 'too_many_requests', attemptId });
    const waiting = await host.next('offer_relay');
    host.send('answer', { attemptId: waiting.attemptId, approved: false, data: {} });
    await client.next('answer_relay');
    client.offer(computer.id);
    await client.next('offer_received');
  });

  it('that comes online gets the offers that wait for it, once', async () => {
    const { id, key } = await server.addHost(teamId);
    const client = await open({ token: valerie.token });
    const attemptId = client.offer(id);
    expect(await client.next('offer_received')).toMatchObject({ attemptId, online: false });
    const late = await open({ token: key });
    expect(await late.next('offer_relay')).toMatchObject({ attemptId });
    await late.settled();
    expect(late.unread).toEqual([]);
  });
});
