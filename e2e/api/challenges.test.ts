import { beforeAll, describe, expect, it } from 'vitest';
import { CAFE, HOME, sharedServer, type TestUser, THIEF, untilServed } from '../support/harness';

/** Neither where the user is at home nor where the challenge arose. */
const THIRD = '203.0.113.77';
const MINUTES_10 = 600_000;

const server = sharedServer();
let teamId: string;
let computerId: string;

beforeAll(async () => {
  ({ teamId } = await server.setUp());
  computerId = await server.addComputer(teamId);
});

const connect = (token: string, from: string) => server.connect(computerId, { token, from });
const challengeOf = async (token: string, from = CAFE) =>
  (await untilServed(() => connect(token, from))).body.challenge as {
    id: string;
    url: string;
    expiresAt: string;
  };
const statusOf = async (id: string) => (await server.get(`/challenges/${id}`)).body.status;
const verify = (user: { token: string; password: string }, from: string, challengeId: string) =>
  server.verify(user, { from, challengeId });
/** By the page in a browser where nobody is signed in. */
const verifyOnPage = (id: string, password: string, from: string) =>
  server.verifyOnPage(id, password, from);
/** What the refusals hold, oldest first. */
const refusalsOf = async (user: TestUser) =>
  (
    await server.rows(
      `SELECT after FROM audit_events WHERE type = 'gate.refused' AND actor_id = $1 ORDER BY id`,
      [user.id],
    )
  ).map(({ after }) => after);
const networksOf = async (user: TestUser): Promise<string[]> =>
  (
    await server.rows('SELECT network FROM verified_ips WHERE user_id = $1 ORDER BY network', [
      user.id,
    ])
  ).map(({ network }) => network);

describe('a challenge', () => {
  it('can’t be guessed, and asking again returns the pending one', async () => {
    const user = await server.addUser({ teamId });
    const first = await challengeOf(user.token);
    expect(first.id).toMatch(/^[\w-]{43}$/);
    expect(first.url).toBe(`${server.origin}/verify/${first.id}`);
    expect(await challengeOf(user.token)).toEqual(first);
    expect(await server.count('challenges WHERE user_id = $1', [user.id])).toBe(1);
  });

  it('asked for 20 times at once is one', async () => {
    const user = await server.addUser({ teamId });
    const all = await Promise.all(Array.from({ length: 20 }, () => challengeOf(user.token)));
    expect(new Set(all.map(({ id }) => id)).size).toBe(1);
    expect(await server.count('challenges WHERE user_id = $1', [user.id])).toBe(1);
    expect(await refusalsOf(user)).toEqual([null]);
    await server.endMinutes();
    const [, after] = await refusalsOf(user);
    expect(after.count).toBeGreaterThanOrEqual(19);
  });

  it('is another one for each session, network and action', async () => {
    const user = await server.addUser({ teamId });
    const second = await server.addSession(user.id);
    const friend = await server.addFriend('friend@example.com', { token: user.token, from: CAFE });
    const ids = [
      (await challengeOf(user.token, CAFE)).id,
      (await challengeOf(user.token, THIRD)).id,
      (await challengeOf(second.token, CAFE)).id,
      friend.body.challenge.id,
    ];
    expect(new Set(ids).size).toBe(4);
  });

  it('shows who waits for it nothing of the user', async () => {
    const user = await server.addUser({ teamId });
    const { id, expiresAt } = await challengeOf(user.token);
    const answer = await server.get(`/challenges/${id}`, { from: THIRD });
    expect(answer.body).toEqual({
      id,
      status: 'pending',
      action: 'computer.connect',
      network: `${CAFE}/32`,
      expiresAt,
    });
    expect(answer.headers['cache-control']).toBe('no-store');
  });

  it.each(['nobody', 'A'.repeat(43), '%00', 'x'.repeat(201)])(
    'that there is not (%s) is not found',
    async (id) => {
      expect((await server.get(`/challenges/${id}`)).status).toBeGreaterThanOrEqual(400);
      expect((await server.get(`/challenges/${id}`)).status).toBeLessThan(500);
      expect((await verifyOnPage(id, 'a password', CAFE)).status).toBeLessThan(500);
    },
  );

  it.each([
    [-1, 'pending', 201],
    [0, 'expired', 409],
    [1, 'expired', 409],
  ])('lives 10 minutes: %i ms later it is %s', async (offsetMs, status, verifyStatus) => {
    const user = await server.addUser({ teamId });
    const now = Date.now();
    await server.freezeClock(new Date(now));
    try {
      const { id, expiresAt } = await challengeOf(user.token);
      expect(Date.parse(expiresAt) - now).toBe(MINUTES_10);
      await server.freezeClock(new Date(now + MINUTES_10 + offsetMs));
      expect(await statusOf(id)).toBe(status);
      const answer = await verify(user, CAFE, id);
      expect(answer.status).toBe(verifyStatus);
      expect(await networksOf(user)).toEqual(
        verifyStatus === 201 ? [`${HOME}/32`, `${CAFE}/32`] : [`${HOME}/32`],
      );
      // An expired one makes room for a new one.
      if (status === 'expired') expect((await challengeOf(user.token)).id).not.toBe(id);
    } finally {
      await server.freezeClock(null);
    }
  });

  it('ends with its session', async () => {
    const user = await server.addUser({ teamId });
    const { id } = await challengeOf(user.token);
    await server.delete('/sessions/current', { token: user.token });
    expect((await server.get(`/challenges/${id}`)).status).toBe(404);
    expect((await verifyOnPage(id, user.password, CAFE)).status).toBe(404);
    expect(await networksOf(user)).toEqual([`${HOME}/32`]);
  });
});

describe('passing a challenge', () => {
  it('by its session on its network: verified, once', async () => {
    const user = await server.addUser({ teamId });
    const { id } = await challengeOf(user.token);
    const first = await verify(user, CAFE, id);
    expect(first.status).toBe(201);
    expect(first.body.challenge).toMatchObject({ id, status: 'verified' });
    expect(await statusOf(id)).toBe('verified');
    const again = await verify({ ...user, token: first.body.token }, CAFE, id);
    expect(again.status).toBe(409);
    expect(again.body).toMatchObject({ code: 'conflict', challenge: { id, status: 'verified' } });
  });

  it('used twice, it records nothing the second time, from wherever', async () => {
    const user = await server.addUser({ teamId });
    const { id } = await challengeOf(user.token);
    const { token } = (await verify(user, CAFE, id)).body;
    expect((await verify({ ...user, token }, THIRD, id)).status).toBe(409);
    expect((await verifyOnPage(id, user.password, THIRD)).status).toBe(409);
    expect(await networksOf(user)).toEqual([`${HOME}/32`, `${CAFE}/32`]);
  });

  it('another user’s challenge is not found, and stays pending', async () => {
    const [alice, bob] = [await server.addUser({ teamId }), await server.addUser({ teamId })];
    const { id } = await challengeOf(alice.token);
    const answer = await verify(bob, CAFE, id);
    expect(answer.status).toBe(404);
    expect(await statusOf(id)).toBe('pending');
    expect([await networksOf(alice), await networksOf(bob)]).toEqual([
      [`${HOME}/32`],
      [`${HOME}/32`],
    ]);
  });

  it('VER-7 the thief’s link, opened by its victim, does not verify the thief’s network', async () => {
    const user = await server.addUser({ teamId });
    const { id } = await challengeOf(user.token, THIEF);
    const answer = await verifyOnPage(id, user.password, HOME);
    expect(answer.status).toBe(201);
    expect(answer.body.challenge).toMatchObject({ status: 'pending', network: `${THIEF}/32` });
    expect(await networksOf(user)).toEqual([`${HOME}/32`]);
    expect((await connect(user.token, THIEF)).status).toBe(403);
  });

  it.each([
    ['with its session', (user: TestUser, id: string) => verify(user, THIRD, id)],
    ['on its page', (user: TestUser, id: string) => verifyOnPage(id, user.password, THIRD)],
  ])(
    'from a third network, %s: that one is recorded, the challenge waits, both are shown',
    async (_how, pass) => {
      const user = await server.addUser({ teamId });
      const { id } = await challengeOf(user.token);
      const answer = await pass(user, id);
      expect(answer.status).toBe(201);
      expect(answer.body.verifiedIp).toMatchObject({ network: `${THIRD}/32`, state: 'trusted' });
      expect(answer.body.challenge).toMatchObject({ status: 'pending', network: `${CAFE}/32` });
      expect(await statusOf(id)).toBe('pending');
      expect(await networksOf(user)).toEqual([`${HOME}/32`, `${THIRD}/32`]);
    },
  );

  it.each([
    ['with its session', (user: TestUser, id: string) => verify(user, THIRD, id)],
    ['on its page', (user: TestUser, id: string) => verifyOnPage(id, user.password, THIRD)],
  ])(
    'P1: %s, it says that it is still open, since which other network was recorded',
    async (_how, pass) => {
      const user = await server.addUser({ teamId });
      const { id } = await challengeOf(user.token);
      const seen = async (from: string) => (await server.get(`/challenges/${id}`, { from })).body;
      expect(await seen(CAFE)).not.toHaveProperty('recorded');
      const { challenge } = (await pass(user, id)).body;
      const recorded = { network: `${THIRD}/32`, masked: false };
      expect(challenge).toMatchObject({ status: 'pending', recorded });
      // Its id is no reason to be told where its user is.
      const masked = { network: '*.*.*.*', masked: true };
      expect(await seen(CAFE)).toMatchObject({ status: 'pending', recorded: masked });
      expect(await seen(THIEF)).toMatchObject({ status: 'pending', recorded: masked });
      expect(await seen(THIRD)).toMatchObject({ status: 'pending', recorded });
      expect((await verifyOnPage(id, user.password, CAFE)).body.challenge).toEqual({
        id,
        status: 'verified',
        action: 'computer.connect',
        network: `${CAFE}/32`,
        expiresAt: challenge.expiresAt,
      });
    },
  );

  it('P1: a proof that names no challenge leaves none saying that it was meant', async () => {
    const user = await server.addUser({ teamId });
    const { id } = await challengeOf(user.token);
    await server.verify(user, { from: THIRD });
    const { body } = await server.get(`/challenges/${id}`, { from: THIRD });
    expect(body.status).toBe('pending');
    expect(body).not.toHaveProperty('recorded');
  });

  it('P1: another user’s proof says nothing about it', async () => {
    const user = await server.addUser({ teamId });
    const other = await server.addUser({ teamId });
    const { id } = await challengeOf(user.token);
    expect((await verify({ ...other, token: other.token }, THIRD, id)).status).toBe(404);
    expect((await server.get(`/challenges/${id}`, { from: THIRD })).body).not.toHaveProperty(
      'recorded',
    );
  });

  it('on its page signs nobody in, and the waiting program goes on with its own token', async () => {
    const user = await server.addUser({ teamId });
    const { id } = await challengeOf(user.token);
    const sessions = await server.count('sessions WHERE user_id = $1', [user.id]);
    const answer = await verifyOnPage(id, user.password, CAFE);
    expect(answer.status).toBe(201);
    expect(answer.text).not.toContain('gate_');
    expect(answer.headers['set-cookie']).toBeUndefined();
    expect(await server.count('sessions WHERE user_id = $1', [user.id])).toBe(sessions);
    expect(await statusOf(id)).toBe('verified');
    expect((await connect(user.token, CAFE)).status).toBe(201);
  });

  it.each([
    ['a wrong password', { password: 'not the right one' }, 401],
    ['an unknown field', { password: 'x', network: CAFE }, 400],
    ['no password', {}, 400],
  ])('on its page by %s is refused', async (_what, body, status) => {
    const user = await server.addUser({ teamId });
    const { id } = await challengeOf(user.token);
    const answer = await server.post(`/challenges/${id}/verifications`, { from: CAFE, body });
    expect(answer.status).toBe(status);
    expect(await statusOf(id)).toBe('pending');
    expect(await networksOf(user)).toEqual([`${HOME}/32`]);
  });

  it('without naming it passes whatever waits on this network, and on no other', async () => {
    const user = await server.addUser({ teamId });
    const here = await challengeOf(user.token, CAFE);
    const elsewhere = await challengeOf(user.token, THIRD);
    await server.verify(user, { from: CAFE });
    expect([await statusOf(here.id), await statusOf(elsewhere.id)]).toEqual([
      'verified',
      'pending',
    ]);
  });

  it('VER-25 on a page left open for a day asks again, and never records where it was opened', async () => {
    const user = await server.addUser({ teamId });
    const now = Date.now();
    await server.freezeClock(new Date(now));
    try {
      const { id } = await challengeOf(user.token);
      await server.freezeClock(new Date(now + 24 * 3_600_000));
      expect((await verifyOnPage(id, user.password, THIRD)).status).toBe(409);
      expect((await verify(user, THIRD, id)).status).toBe(409);
    } finally {
      await server.freezeClock(null);
    }
    expect(await networksOf(user)).toEqual([`${HOME}/32`]);
  });
});
