import { Agent } from 'node:http';
import { beforeAll, describe, expect, it } from 'vitest';
import { REFUSALS_A_MINUTE } from '@/lib/service/gate/limits';
import {
  CAFE,
  type Call,
  codeOf,
  HOME,
  sharedServer,
  type TestUser,
  THIEF,
  untilServed,
} from '../support/harness';

const DAY_MS = 86_400_000;

const server = sharedServer();
let teamId: string;
let computerId: string;
let alice: TestUser;
let bob: TestUser;

beforeAll(async () => {
  ({ teamId } = await server.setUp());
  alice = await server.addUser({ teamId, name: 'Alice' });
  bob = await server.addUser({ teamId, name: 'Bob' });
  computerId = await server.addComputer(teamId);
});

const connect = (call: Call) => server.connect(computerId, call);

describe('a stolen cookie', () => {
  it('SES-1 is refused elsewhere and works at home in the same second', async () => {
    const elsewhere = await connect({ cookie: alice.token, from: THIEF });
    const home = await connect({ cookie: alice.token, from: HOME });
    expect(codeOf(elsewhere)).toEqual([403, 'ip_verification_required']);
    expect(elsewhere.headers['www-authenticate']).toContain('insufficient_user_authentication');
    expect(elsewhere.headers['set-cookie']).toBeUndefined();
    expect(home.status).toBe(201);
    expect(
      await server.count('connections WHERE user_id = $1 AND network = $2', [
        alice.id,
        `${THIEF}/32`,
      ]),
    ).toBe(0);
    const { rows } = await server.db.query(
      `SELECT actor_id, network, action, finding FROM audit_events WHERE request_id = $1`,
      [elsewhere.headers['x-request-id']],
    );
    expect(rows).toEqual([
      {
        actor_id: alice.id,
        network: `${THIEF}/32`,
        action: 'computer.connect',
        finding: 'unknown',
      },
    ]);
  });
});

describe('the end of a session', () => {
  it('SES-9 a log-out kills the token at once, at every action', async () => {
    const { token } = await server.addSession(alice.id);
    const connection = await connect({ token });
    expect(connection.status).toBe(201);
    expect((await server.delete('/sessions/current', { token })).status).toBe(204);
    expect((await connect({ token })).status).toBe(401);
    expect((await server.get('/me', { token })).status).toBe(401);
    expect((await server.get('/me', { cookie: token })).status).toBe(401);
    expect(
      await server.count(`connections WHERE id = $1 AND state = 'revoked'`, [
        connection.body.connection.id,
      ]),
    ).toBe(1);
  });

  it('a log-out by cookie takes the cookie away', async () => {
    const { token } = await server.addSession(alice.id);
    const answer = await server.delete('/sessions/current', { cookie: token });
    expect(answer.status).toBe(204);
    expect(answer.headers['set-cookie']).toEqual([
      expect.stringMatching(
        /^gatehouse\.\d+\.session=; .*HttpOnly; SameSite=Lax; Expires=Thu, 01 Jan 1970/,
      ),
    ]);
    expect((await server.get('/me', { cookie: token })).status).toBe(401);
  });

  it('another user’s session can’t be ended, and is not said to exist', async () => {
    const answer = await server.delete(`/sessions/${bob.sessionId}`, { token: alice.token });
    const absent = await server.delete('/sessions/ses_0', { token: alice.token });
    expect(answer.status).toBe(404);
    expect(absent.body).toEqual({ ...answer.body, requestId: absent.body.requestId });
    expect((await server.get('/me', { token: bob.token })).status).toBe(200);
  });

  it('one of one’s own is listed and can be ended', async () => {
    const { token, sessionId } = await server.addSession(alice.id);
    const list = await server.get('/sessions', { token: alice.token });
    const ids = list.body.data.map(({ id }: { id: string }) => id);
    expect(ids).toEqual(expect.arrayContaining([sessionId, alice.sessionId]));
    expect(ids).not.toContain(bob.sessionId);
    expect(list.body.data.filter((s: { current: boolean }) => s.current)).toEqual([
      expect.objectContaining({ id: alice.sessionId }),
    ]);
    expect((await server.delete(`/sessions/${sessionId}`, { token: alice.token })).status).toBe(
      204,
    );
    expect((await server.get('/me', { token })).status).toBe(401);
    expect((await server.delete(`/sessions/${sessionId}`, { token: alice.token })).status).toBe(
      404,
    );
  });

  it('signing out everywhere ends all of one’s own sessions and nobody else’s', async () => {
    const carol = await server.addUser({ teamId });
    const others = [await server.addSession(carol.id), await server.addSession(carol.id, CAFE)];
    expect((await server.delete('/sessions', { token: carol.token })).status).toBe(204);
    for (const { token } of [carol, ...others]) {
      expect((await server.get('/me', { token })).status).toBe(401);
    }
    expect(await server.count('sessions WHERE user_id = $1 AND ended_at IS NULL', [carol.id])).toBe(
      0,
    );
    expect((await server.get('/me', { token: bob.token })).status).toBe(200);
  });

  it('four sign-outs at once, from two sessions, all end well', async () => {
    for (let round = 0; round < 5; round++) {
      const carol = await server.addUser({ teamId });
      const tokens = [carol.token, (await server.addSession(carol.id)).token];
      const answers = await Promise.all(
        [...tokens, ...tokens].map((token) => server.delete('/sessions', { token })),
      );
      expect(answers.map(({ status }) => status).filter((s) => s !== 204 && s !== 401)).toEqual([]);
      expect(
        await server.count('sessions WHERE user_id = $1 AND ended_at IS NULL', [carol.id]),
      ).toBe(0);
    }
  });

  it('SES-10 who was removed from the team finds its computers gone at once', async () => {
    const carol = await server.addUser({ teamId });
    expect((await connect({ token: carol.token })).status).toBe(201);
    await server.db.query('DELETE FROM memberships WHERE user_id = $1', [carol.id]);
    expect((await connect({ token: carol.token })).status).toBe(404);
  });

  it('SES-10 who was disabled is signed out at once', async () => {
    const carol = await server.addUser({ teamId });
    await server.db.query('UPDATE users SET disabled_at = gatehouse_now() WHERE id = $1', [
      carol.id,
    ]);
    const answer = await connect({ token: carol.token });
    expect(codeOf(answer)).toEqual([401, 'unauthenticated']);
  });
});

describe('the life of a session', () => {
  it.each([
    [-1, 200],
    [0, 401],
    [1, 401],
  ])('SES-11 30 days %i ms after the log-in, used every day: %i', async (offsetMs, status) => {
    const user = await server.addUser({ teamId });
    const { rows } = await server.db.query(
      'UPDATE sessions SET last_seen_at = expires_at WHERE id = $1 RETURNING created_at, expires_at',
      [user.sessionId],
    );
    expect(rows[0].expires_at - rows[0].created_at).toBe(30 * DAY_MS);
    await at(rows[0].expires_at, offsetMs, async () => {
      expect((await server.get('/me', { token: user.token })).status).toBe(status);
    });
  });

  it('a session of a log-in lives 30 days, and says so', async () => {
    const user = await server.addUser();
    const { body } = await server.logIn(user);
    const { rows } = await server.db.query(
      'SELECT created_at, expires_at FROM sessions WHERE id = $1',
      [body.session.id],
    );
    expect(rows[0].expires_at - rows[0].created_at).toBe(30 * DAY_MS);
    expect(body.session.expiresAt).toBe(rows[0].expires_at.toISOString());
  });

  it.each([
    [-1, 200],
    [0, 401],
    [1, 401],
  ])('14 days %i ms without use: %i', async (offsetMs, status) => {
    const user = await server.addUser({ teamId });
    const { rows } = await server.db.query('SELECT last_seen_at FROM sessions WHERE id = $1', [
      user.sessionId,
    ]);
    await at(rows[0].last_seen_at, 14 * DAY_MS + offsetMs, async () => {
      expect((await server.get('/me', { token: user.token })).status).toBe(status);
    });
  });

  /** Asks at a time of the database's clock, which then runs on. */
  async function at(time: Date, offsetMs: number, ask: () => Promise<void>): Promise<void> {
    await server.freezeClock(new Date(time.getTime() + offsetMs));
    try {
      await ask();
    } finally {
      await server.freezeClock(null);
    }
  }
});

describe('the address of a request', () => {
  it('SES-18 is its own on shared connections: exactly half of 1,000 requests pass', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 10 });
    const sockets = new Set<string>();
    agent.on('free', (socket) => sockets.add(`${socket.localPort}`));
    const user = await server.addUser({ teamId, at: '198.51.100.7' });
    // Each its own: one alone may not write so often.
    const tokens = [user.token];
    while (tokens.length < 5) tokens.push((await server.addSession(user.id)).token);
    const statuses = await Promise.all(
      Array.from({ length: 1000 }, async (_, i) => {
        const token = tokens[Math.floor(i / 2) % tokens.length];
        const from = i % 2 === 0 ? '198.51.100.7' : '203.0.113.66';
        const { status } = await untilServed(() => connect({ token, from, agent }));
        return `${from} ${status}`;
      }),
    );
    agent.destroy();
    const tally: Record<string, number> = {};
    for (const status of statuses) tally[status] = (tally[status] ?? 0) + 1;
    // Refused so often within a minute, it is not looked at any more.
    const { '203.0.113.66 403': refused = 0, '203.0.113.66 429': sentAway = 0, ...passed } = tally;
    expect(passed).toEqual({ '198.51.100.7 201': 500 });
    expect([refused + sentAway, refused >= REFUSALS_A_MINUTE]).toEqual([500, true]);
    expect(sockets.size).toBeLessThanOrEqual(10);
    const { rows } = await server.db.query(
      'SELECT DISTINCT network FROM connections WHERE user_id = $1',
      [user.id],
    );
    expect(rows).toEqual([{ network: '198.51.100.7/32' }]);
  }, 120_000);

  it('SES-19 over IPv6 instead of IPv4 it asks once, and then both work', async () => {
    const v6 = '2001:db8:1:2::5';
    const user = await server.addUser({ teamId });
    expect((await connect({ token: user.token, from: v6 })).body.code).toBe(
      'ip_verification_required',
    );
    const { body } = await server.verify(user, { from: v6 });
    expect(body.verifiedIp.network).toBe('2001:db8:1:2::/64');
    for (const from of [v6, HOME]) {
      expect((await connect({ token: body.token, from })).status).toBe(201);
    }
  });

  it.each([
    ['2001:db8:1:2:ffff::1', 201],
    ['2001:db8:1:3::1', 403],
    ['2001:db8:1:1:ffff:ffff:ffff:ffff', 403],
  ])('SES-20 verified at 2001:db8:1:2::5, asked from %s: %i', async (from, status) => {
    const user = await server.addUser({ teamId, at: '2001:db8:1:2::5' });
    expect((await connect({ token: user.token, from })).status).toBe(status);
  });
});
