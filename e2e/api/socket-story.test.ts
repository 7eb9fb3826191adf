import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  CAFE,
  codeOf,
  HOME,
  network,
  PASSWORD,
  sharedServer,
  type TestUser,
  THIEF,
} from '../support/harness';
import type { SocketCall, TestSocket } from '../support/socket-client';
import * as scene from '../support/socket-scene';

const THIRD = '203.0.113.99';

const server = sharedServer();
let teamId: string;
let valerie: TestUser;
let computer: { id: string; key: string };
let host: TestSocket;
const sockets = new scene.Sockets();

beforeAll(async () => {
  teamId = await server.addTeam();
});

beforeEach(async () => {
  valerie = await server.addUser({ teamId, name: 'Valerie' });
  computer = await server.addHost(teamId);
  host = await open({ token: computer.key });
});

type Asked = { client: TestSocket; host: TestSocket; named: { attemptId: string } };

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
    const challenge = await scene.challengeOf(client);
    const answer = await server.verify(valerie, { from: CAFE, challengeId: challenge.id });
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
    const challenge = await scene.challengeOf(client);
    const answer = await server.verifyOnPage(challenge.id, PASSWORD, CAFE);
    expect(answer.status).toBe(201);
    expect(await client.next('ip_verified')).toMatchObject({ challengeId: challenge.id });
    await connect(client);
  });

  it('P1: a proof from another network is told to the socket that waits, with that network masked', async () => {
    const client = await open({ token: valerie.token, from: CAFE });
    const attemptId = client.offer(computer.id);
    const challenge = await scene.challengeOf(client);
    const thief = await open({ token: valerie.token, from: THIEF });
    const away = await open({ token: valerie.token, from: THIRD });
    const answer = await server.verifyOnPage(challenge.id, PASSWORD, THIRD);
    const told = {
      network: '*.*.*.*',
      trustedUntil: answer.body.verifiedIp.trustedUntil,
      challengeId: challenge.id,
      passed: false,
    };
    expect(await client.next('ip_verified')).toEqual(told);
    expect(await away.next('ip_verified')).toEqual({ ...told, network: network(THIRD) });
    await thief.settled();
    expect(thief.unread).toEqual([]);
    // The gate is as it was; from the other network the offer goes through.
    const again = client.offer(computer.id);
    expect(await client.next('error')).toMatchObject({ attemptId: again });
    expect(attemptId).not.toBe(again);
    await connect(away);
  });

  it('P1: a program that proves by its token elsewhere is told by the answer; the socket of the replaced token ends', async () => {
    const client = await open({ token: valerie.token, from: CAFE });
    client.offer(computer.id);
    const { challenge } = (await client.next('error')) as unknown as {
      challenge: { id: string };
    };
    const answer = await server.post('/verifications', {
      token: valerie.token,
      from: THIRD,
      body: { password: PASSWORD, challengeId: challenge.id },
    });
    expect(answer.body.challenge).toMatchObject({ status: 'pending', network: network(CAFE) });
    expect(answer.body.verifiedIp.network).toBe(network(THIRD));
    expect(await client.closed()).toBe(4401);
    // A stolen copy has nothing from it: neither what was proven, nor where.
    expect(client.unread).toEqual([]);
    const anew = await open({ token: answer.body.token, from: THIRD });
    await connect(anew);
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
    // C11: both ends hear the same.
    expect(await client.next('connection_closed')).toEqual({
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
    expect(await client.next('connection_closed')).toMatchObject({
      attemptId,
      reason: 'rule_changed',
    });
  });

  it.each([
    [
      'answered',
      'accepted',
      (at: Asked) => at.host.send('answer', { ...at.named, approved: true, data: {} }),
    ],
    [
      'declined',
      'declined',
      (at: Asked) => at.host.send('answer', { ...at.named, approved: false, data: {} }),
    ],
    ['turned down', 'declined', (at: Asked) => at.host.send('offer_cancel', at.named)],
    ['cancelled', 'cancelled', (at: Asked) => at.client.send('offer_cancel', at.named)],
    ['revoked', 'revoked', () => server.delete('/me/verified-ips', { token: valerie.token })],
    [
      'run out',
      'expired',
      (at: Asked) =>
        server.db.query(
          'UPDATE connections SET expires_at = gatehouse_now() WHERE attempt_id = $1',
          [at.named.attemptId],
        ),
    ],
  ] as const)(
    'F13: its offer is gone from the database once it was %s',
    async (_how, state, leave) => {
      const client = await open({ token: valerie.token });
      const attemptId = client.offer(computer.id);
      await host.next('offer_relay', (offer) => offer.attemptId === attemptId);
      const kept = () =>
        server.row('SELECT state, offer FROM connections WHERE attempt_id = $1', [attemptId]);
      expect(await kept()).toMatchObject({ state: 'waiting_for_host', offer: { sdp: 'v=0' } });
      await leave({ client, host, named: { attemptId } });
      await vi.waitFor(async () => expect(await kept()).toEqual({ state, offer: null }), {
        timeout: 20_000,
      });
      const again = `UPDATE connections SET offer = '{}' WHERE attempt_id = $1`;
      await expect(server.db.query(again, [attemptId])).rejects.toMatchObject({ code: '23514' });
    },
  );

  it('F13: an offer of over 16 KiB is refused, over either edge', async () => {
    const client = await open({ token: valerie.token });
    const room = 16 * 1_024 - '{"sdp":""}'.length;
    const post = (offer: object) =>
      server.post(`/computers/${computer.id}/connections`, {
        token: valerie.token,
        body: { offer },
      });
    for (const sdp of ['x'.repeat(room + 1), 'ß'.repeat(room / 2 + 1)]) {
      const attemptId = client.offer(computer.id, { sdp });
      const error = await client.next('error', (one) => one.attemptId === attemptId);
      expect(error.code).toBe('invalid_request');
      const { status, body } = await post({ sdp });
      expect([status, body.code]).toEqual([400, 'invalid_request']);
    }
    const attemptId = client.offer(computer.id, { sdp: 'x'.repeat(room) });
    await client.next('offer_received', (one) => one.attemptId === attemptId);
    expect((await post({ sdp: 'x'.repeat(room) })).status).toBe(201);
  });

  it('F13: the 61st offer of a user within a minute is refused, over both edges and all sessions', async () => {
    const user = await server.addUser({ teamId });
    const second = await server.addSession(user.id);
    const [one, other] = [await open({ token: user.token }), await open({ token: second.token })];
    for (let count = 0; count < 60; count += 1) {
      const client = count % 2 ? one : other;
      const attemptId = client.offer(computer.id);
      await client.next('offer_received', (received) => received.attemptId === attemptId);
      client.send('offer_cancel', { attemptId });
      await client.next('connection_closed', (closed) => closed.attemptId === attemptId);
    }
    const attemptId = one.offer(computer.id);
    const error = await one.next('error', (problem) => problem.attemptId === attemptId);
    expect(error).toMatchObject({
      code: 'too_many_requests',
      retryAfterSeconds: expect.any(Number),
    });
    const answer = await server.post(`/computers/${computer.id}/connections`, {
      token: second.token,
      body: { offer: { sdp: 'v=0' } },
    });
    expect(codeOf(answer)).toEqual([429, 'too_many_requests']);
    expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
    await server.db.query(
      `UPDATE connections SET created_at = created_at - interval '1 minute' WHERE user_id = $1`,
      [user.id],
    );
    const later = one.offer(computer.id);
    await one.next('offer_received', (received) => received.attemptId === later);
  });

  it('C13: of more offers at once than a socket may send, each gets a word', async () => {
    const user = await server.addUser({ teamId });
    const client = await open({ token: user.token });
    const names = new Set(Array.from({ length: 101 }, () => client.offer(computer.id)));
    // It may have earned some more meanwhile.
    for (let more = 0; more < 100; more += 1) client.offer(computer.id);
    expect(await client.closed()).toBe(4429);
    for (const { action, payload } of client.takeUnread()) {
      if (action === 'offer_received' || action === 'error') names.delete(payload.attemptId);
    }
    expect([...names]).toEqual([]);
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

  it('is seen by who manages it without being named, who is told that he may not connect', async () => {
    const admin = await server.addUser({ teamId, role: 'admin' });
    const { id, key } = await server.addHost(teamId);
    await server.db.query(`UPDATE computers SET access = 'named' WHERE id = $1`, [id]);
    const [manager, other] = [await open(admin), await open({ token: valerie.token })];
    await open({ token: key });
    expect(await manager.next('presence', (p) => p.computerId === id)).toMatchObject({
      online: true,
      mayConnect: false,
    });
    await other.settled();
    expect(other.has('presence', (p) => p.computerId === id)).toBe(false);
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
