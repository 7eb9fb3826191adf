import { beforeAll, describe, expect, it } from 'vitest';
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

const server = sharedServer();
let teamId: string;
let computerId: string;

beforeAll(async () => {
  ({ teamId } = await server.setUp());
  computerId = await server.addComputer(teamId);
});

const connect = (call: Call) => server.connect(computerId, call);
const verify = (user: { token: string; password: string }, call: Call = {}) =>
  server.post('/verifications', {
    token: user.token,
    from: CAFE,
    body: { password: user.password },
    ...call,
  });
const networksOf = async (user: TestUser): Promise<string[]> =>
  (
    await server.rows('SELECT network FROM verified_ips WHERE user_id = $1 ORDER BY network', [
      user.id,
    ])
  ).map(({ network }) => network);

describe('what records no network', () => {
  it.each([
    ['an address in the body', { body: { password: 'x', ip: THIEF } }],
    ['an address and the right password', null],
    ['another user in the body', { body: { password: 'x', userId: 'usr_1' } }],
    ['a network in the body', { body: { password: 'x', network: `${THIEF}/32` } }],
    ['no password', { body: {} }],
    ['an empty password', { body: { password: '' } }],
    ['a list of passwords', { body: { password: ['x'] } }],
    ['a filter for a password', { body: { password: { not: '' } } }],
  ])('VER-6 %s is refused', async (_what, call: Call | null) => {
    const user = await server.addUser({ teamId });
    const answer = await verify(user, call ?? { body: { password: user.password, ip: THIEF } });
    expect(codeOf(answer)).toEqual([400, 'invalid_request']);
    expect(await networksOf(user)).toEqual([`${HOME}/32`]);
  });

  it('VER-6 an address in the query is not read: the request’s own is recorded', async () => {
    const user = await server.addUser({ teamId });
    const answer = await server.post(`/verifications?ip=${THIEF}`, {
      token: user.token,
      from: CAFE,
      body: { password: user.password },
    });
    expect(answer.body.verifiedIp.network).toBe(`${CAFE}/32`);
    expect(await networksOf(user)).toEqual([`${HOME}/32`, `${CAFE}/32`]);
  });

  it('VER-13 another user’s right password is a wrong one here, and records for neither', async () => {
    const alice = await server.addUser({ teamId });
    const bob = await server.addUser({ teamId, at: null });
    await server.setPassword(bob.id, 'the password of bob alone');
    const answer = await verify({ token: alice.token, password: 'the password of bob alone' });
    expect(codeOf(answer)).toEqual([401, 'invalid_credentials']);
    expect([await networksOf(alice), await networksOf(bob)]).toEqual([[`${HOME}/32`], []]);
    expect((await server.get('/me', { token: alice.token })).status).toBe(200);
  });

  it('VER-15 an account without a password can’t pass by one', async () => {
    const user = await server.addUser({ teamId, hasPassword: false });
    const refused = await connect({ token: user.token, from: CAFE });
    expect(refused.body.methods).toEqual([]);
    const answer = await verify(user);
    expect(codeOf(answer)).toEqual([401, 'invalid_credentials']);
    expect(await networksOf(user)).toEqual([`${HOME}/32`]);
  });

  it('a wrong password costs nothing but the attempt: the session lives, the token stays', async () => {
    const user = await server.addUser({ teamId });
    const answer = await verify({ ...user, password: 'not the right one' });
    expect(answer.status).toBe(401);
    expect(await networksOf(user)).toEqual([`${HOME}/32`]);
    expect((await connect({ token: user.token })).status).toBe(201);
  });

  it('no session, no verification', async () => {
    const answer = await server.post('/verifications', { from: CAFE, body: { password: 'x' } });
    expect(codeOf(answer)).toEqual([401, 'unauthenticated']);
  });

  it('an address that can’t be established', async () => {
    const user = await server.addUser({ teamId });
    const answer = await verify(user, { from: '127.0.0.1' });
    expect(answer.status).toBe(403);
    expect(answer.body).toMatchObject({ code: 'client_address_unknown', reason: 'no_header' });
    expect(await networksOf(user)).toEqual([`${HOME}/32`]);
  });

  it.each([
    ['a form as text/plain', 'text/plain', 'https://evil.test'],
    ['a form', 'application/x-www-form-urlencoded', 'https://evil.test'],
    ['a script', 'application/json', 'https://evil.test'],
    ['a sandboxed frame', 'text/plain', 'null'],
  ])('VER-17 %s of another site', async (_what, type, origin) => {
    const user = await server.addUser({ teamId });
    const answer = await server.post('/verifications', {
      from: CAFE,
      cookie: user.token,
      headers: { 'content-type': type, origin, 'sec-fetch-site': 'cross-site' },
      raw: JSON.stringify({ password: user.password }),
    });
    expect(codeOf(answer)).toEqual([403, 'cross_site_request']);
    expect(await networksOf(user)).toEqual([`${HOME}/32`]);
  });

  it.each([
    '//verify/ID',
    '/challenges/ID',
    '/challenges/ID/verifications',
    '//reset/ID',
    '//invite/ID',
    '/password-resets/redeem',
    '/invites/accept',
    '/verifications',
  ])('VER-16 a mail scanner at %s', async (path) => {
    const user = await server.addUser({ teamId });
    const { id } = (await connect({ token: user.token, from: CAFE })).body.challenge;
    for (const method of ['GET', 'HEAD']) {
      const answer = await server.call(method, path.replace('ID', id), { from: '40.94.0.1' });
      expect(answer.status).toBeLessThan(500);
    }
    expect(await server.count(`verified_ips WHERE network = '40.94.0.1/32'`)).toBe(0);
    expect((await server.get(`/challenges/${id}`)).body.status).toBe('pending');
    expect(await networksOf(user)).toEqual([`${HOME}/32`]);
  });
});

describe('the token of the session', () => {
  it('SES-8 is new after each re-authentication, and the one before is dead', async () => {
    const user = await server.addUser({ teamId });
    const tokens = [user.token];
    for (let i = 0; i < 3; i++) {
      const { body } = await verify({ token: tokens.at(-1) ?? '', password: user.password });
      tokens.push(body.token);
    }
    expect(new Set(tokens).size).toBe(4);
    const statuses = await Promise.all(
      tokens.map(async (token) => (await server.get('/me', { token, from: HOME })).status),
    );
    expect(statuses).toEqual([401, 401, 401, 200]);
    expect(await server.count('sessions WHERE user_id = $1', [user.id])).toBe(1);
  });

  it('the old one lives 30 seconds to the millisecond, on the network just verified alone', async () => {
    const user = await server.addUser({ teamId });
    const now = Date.now();
    await server.freezeClock(new Date(now));
    try {
      expect((await verify(user)).status).toBe(201);
      for (const [afterMs, from, status] of [
        [0, CAFE, 201],
        [0, HOME, 401],
        [0, THIEF, 401],
        [29_999, CAFE, 201],
        [29_999, HOME, 401],
        [30_000, CAFE, 401],
        [30_001, CAFE, 401],
      ] as const) {
        await server.freezeClock(new Date(now + afterMs));
        const answer = await connect({ token: user.token, from });
        expect([afterMs, from, answer.status]).toEqual([afterMs, from, status]);
      }
    } finally {
      await server.freezeClock(null);
    }
  });

  it('the old one dies with the session, even in its 30 seconds', async () => {
    const user = await server.addUser({ teamId });
    const { token } = (await verify(user)).body;
    expect((await server.get('/me', { token: user.token, from: CAFE })).status).toBe(200);
    await server.delete('/sessions/current', { token, from: CAFE });
    expect((await server.get('/me', { token: user.token, from: CAFE })).status).toBe(401);
  });

  it('is replaced in the cookie where a cookie bore it, and stays out of the answer', async () => {
    const user = await server.addUser({ teamId });
    const answer = await server.post('/verifications', {
      cookie: user.token,
      from: CAFE,
      body: { password: user.password },
    });
    expect(answer.status).toBe(201);
    expect(answer.text).not.toContain('gate_');
    const cookies = answer.headers['set-cookie'] ?? [];
    expect(cookies).toHaveLength(1);
    const [, token = ''] =
      /^gatehouse\.\d+\.session=(gate_[\w-]{43}); Path=\/; HttpOnly; SameSite=Lax; Expires=/.exec(
        cookies[0] ?? '',
      ) ?? [];
    expect((await connect({ cookie: token, from: CAFE })).status).toBe(201);
    expect((await connect({ cookie: user.token, from: HOME })).status).toBe(401);
  });

  it('VER-5 25 re-authentications at once: all succeed, one entry, one and the same new token', async () => {
    const user = await server.addUser({ teamId });
    const answers = await Promise.all(
      Array.from({ length: 25 }, () => untilServed(() => verify(user))),
    );
    expect(answers.map(({ status }) => status)).toEqual(Array(25).fill(201));
    const tokens = new Set(answers.map(({ body }) => body.token));
    expect(tokens.size).toBe(1);
    const [token = ''] = tokens;
    expect(token).not.toBe(user.token);
    expect((await connect({ token, from: CAFE })).status).toBe(201);
    expect((await connect({ token, from: HOME })).status).toBe(201);
    expect((await connect({ token: user.token, from: HOME })).status).toBe(401);
    expect(await networksOf(user)).toEqual([`${HOME}/32`, `${CAFE}/32`]);
  });
});

describe('the networks of a user', () => {
  it('VER-26 count for all sessions of the user, and for no other user', async () => {
    const user = await server.addUser({ teamId });
    const other = await server.addUser({ teamId });
    const second = await server.addSession(user.id);
    expect((await verify(user)).status).toBe(201);
    expect((await connect({ token: second.token, from: CAFE })).status).toBe(201);
    expect((await connect({ token: other.token, from: CAFE })).status).toBe(403);
  });

  it('VER-20 are at most 50: the longest unused gives way', async () => {
    const user = await server.addUser({ teamId });
    for (let i = 1; i < 50; i++) await server.trust(user.id, `203.0.113.${i}`);
    // Verified first, used last; and the other way round.
    await server.db.query(
      `UPDATE verified_ips SET
         verified_at = gatehouse_now() - interval '1 hour' * (CASE network WHEN '203.0.113.1/32' THEN 80 ELSE 2 END),
         last_used_at = gatehouse_now() - interval '1 hour' * (CASE network WHEN '203.0.113.2/32' THEN 70 ELSE 1 END)
       WHERE user_id = $1`,
      [user.id],
    );
    expect((await verify(user)).status).toBe(201);
    const networks = await networksOf(user);
    expect(networks).toHaveLength(50);
    expect(networks).toEqual(expect.arrayContaining([`${CAFE}/32`, '203.0.113.1/32']));
    expect(networks).not.toContain('203.0.113.2/32');
  });

  it('VER-20 revoked ones give way before trusted ones', async () => {
    const user = await server.addUser({ teamId });
    for (let i = 1; i < 50; i++) await server.trust(user.id, `203.0.113.${i}`);
    await server.db.query(
      `UPDATE verified_ips SET revoked_at = gatehouse_now() WHERE user_id = $1 AND network = '203.0.113.9/32'`,
      [user.id],
    );
    expect((await verify(user)).status).toBe(201);
    const networks = await networksOf(user);
    expect(networks).toHaveLength(50);
    expect(networks).not.toContain('203.0.113.9/32');
  });
});
