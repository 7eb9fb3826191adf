import { setTimeout as delay } from 'node:timers/promises';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { CAFE, HOME, PASSWORD, sharedServer, type TestUser, THIEF } from '../support/harness';

const NEXT = 'another good pass phrase';

const server = sharedServer();
let teamId: string;

beforeAll(async () => {
  ({ teamId } = await server.setUp());
});

const logIn = (user: TestUser, password: string, from = HOME) =>
  server.logIn({ email: user.email, password }, { from });
const liveSessions = (user: TestUser) =>
  server.count('sessions WHERE user_id = $1 AND ended_at IS NULL', [user.id]);
const networks = (user: TestUser) => server.count('verified_ips WHERE user_id = $1', [user.id]);
const change = (
  user: TestUser,
  body: object = { currentPassword: PASSWORD, newPassword: NEXT },
  from = HOME,
) => server.post('/me/password', { token: user.token, from, body });

describe('changing a password', () => {
  it('from an unverified network is refused, with the right password too', async () => {
    const user = await server.addUser({ teamId });
    const answer = await change(user, undefined, THIEF);
    expect(answer.body).toMatchObject({
      code: 'ip_verification_required',
      action: 'account.manage',
    });
    expect((await logIn(user, PASSWORD)).status).toBe(201);
  });

  it.each([
    ['a wrong present one', { currentPassword: 'not the right one', newPassword: NEXT }, 401],
    ['none at present', { newPassword: NEXT }, 400],
    ['too short a new one', { currentPassword: PASSWORD, newPassword: 'short' }, 400],
    ['one of the commonest', { currentPassword: PASSWORD, newPassword: 'password123' }, 400],
    ['LOG-2 1,025 bytes', { currentPassword: PASSWORD, newPassword: 'a'.repeat(1025) }, 400],
    ['LOG-6 NUL in it', { currentPassword: PASSWORD, newPassword: 'long enough\u0000' }, 400],
    ['a field nobody knows', { currentPassword: PASSWORD, newPassword: NEXT, userId: 'u' }, 400],
  ])('with %s changes nothing', async (_what, body, status) => {
    const user = await server.addUser({ teamId });
    const other = await server.addSession(user.id);
    expect((await change(user, body)).status).toBe(status);
    expect((await server.get('/me', { token: other.token })).status).toBe(200);
    expect((await logIn(user, PASSWORD)).status).toBe(201);
  });

  it('ends all other sessions and gives this one a new token', async () => {
    const user = await server.addUser({ teamId });
    const others = [await server.addSession(user.id), await server.addSession(user.id, CAFE)];
    const answer = await change(user);
    expect(answer.status).toBe(200);
    expect(answer.body.verifiedIp).toMatchObject({ network: `${HOME}/32`, state: 'trusted' });
    for (const { token } of others) {
      expect((await server.get('/me', { token })).status).toBe(401);
    }
    expect((await server.get('/me', { token: answer.body.token, from: CAFE })).status).toBe(200);
    expect((await server.get('/me', { token: user.token, from: CAFE })).status).toBe(401);
    expect((await logIn(user, PASSWORD)).status).toBe(401);
    expect((await logIn(user, NEXT)).status).toBe(201);
  });

  it('leaves no session to whoever logs in with the old one at the same moment', async () => {
    const user = await server.addUser({ teamId });
    await server.trust(user.id, CAFE);
    let { token } = user;
    const statuses = new Set<number>();
    for (let round = 0; round < 60; round++) {
      const [current, next] = round % 2 === 0 ? [PASSWORD, NEXT] : [NEXT, PASSWORD];
      const [answer, ...logIns] = await Promise.all([
        delay(Math.random() * 60).then(() =>
          change({ ...user, token }, { currentPassword: current, newPassword: next }),
        ),
        ...[0, 1, 2].map(() => delay(Math.random() * 120).then(() => logIn(user, current, CAFE))),
      ]);
      expect(answer.status).toBe(200);
      token = answer.body.token;
      for (const { status } of logIns) statuses.add(status);
      expect(await liveSessions(user)).toBe(1);
      await server.db.query('DELETE FROM rate_limits');
    }
    expect([...statuses].sort()).toEqual([201, 401]);
  }, 300_000);
});

describe('a forgotten password', () => {
  const request = (email: string, from = HOME) =>
    server.post('/password-resets', { from, body: { email } });
  const redeem = (token: string, password = NEXT) =>
    server.post('/password-resets/redeem', { from: CAFE, body: { token, password } });
  const linksTo = async (email: string) =>
    (await server.mails())
      .filter((mail) => mail.to.includes(email))
      .flatMap(({ text }) => [...text.matchAll(/\/reset#(\S+)/g)].map(([, token = '']) => token));
  /** A fresh link for a user, as mailed. */
  async function linkFor(user: TestUser, from = HOME): Promise<string> {
    const before = (await linksTo(user.email)).length;
    expect((await request(user.email, from)).status).toBe(202);
    return vi.waitFor(
      async () => {
        const links = await linksTo(user.email);
        expect(links).toHaveLength(before + 1);
        const known = await server.count('password_resets WHERE user_id = $1', [user.id]);
        expect(known).toBeGreaterThan(0);
        return links.at(-1) ?? '';
      },
      { timeout: 10_000 },
    );
  }

  it('answers the same whether or not there is such an account, and mails only those', async () => {
    const user = await server.addUser();
    const disabled = await server.addUser();
    const withoutPassword = await server.addUser({ hasPassword: false });
    await server.db.query('UPDATE users SET disabled_at = gatehouse_now() WHERE id = $1', [
      disabled.id,
    ]);
    const answers = [
      await request('nobody@example.com'),
      await request(disabled.email),
      await request(withoutPassword.email),
      await request(user.email),
    ];
    expect(new Set(answers.map(({ status, text }) => `${status} ${text}`))).toEqual(
      new Set(['202 {"status":"requested"}']),
    );
    await vi.waitFor(async () => expect(await linksTo(user.email)).toHaveLength(1), {
      timeout: 10_000,
    });
    for (const email of ['nobody@example.com', disabled.email, withoutPassword.email]) {
      expect(await linksTo(email)).toEqual([]);
    }
    expect(await server.count('password_resets')).toBe(1);
  });

  it.each([
    ['LOG-9 two addresses', 'attacker@evil.test,owner@example.com'],
    ['LOG-9 a line break', 'owner@example.com\nBcc: x@evil.test'],
    ['LOG-8 an address in quotes', '"owner@example.com"@evil.test'],
  ])('%s is refused, and nothing is mailed', async (_row, email) => {
    const before = (await server.mails()).length;
    expect((await request(email)).status).toBe(400);
    expect(await server.mails()).toHaveLength(before);
  });

  it('LOG-29 a link works once, ends all sessions, and verifies no network', async () => {
    const user = await server.addUser({ teamId });
    const token = await linkFor(user);
    expect((await redeem(token)).status).toBe(204);
    expect(await liveSessions(user)).toBe(0);
    expect((await server.get('/me', { token: user.token })).status).toBe(401);
    expect(await networks(user)).toBe(1);
    expect((await redeem(token, 'a third pass phrase')).status).toBe(404);
    expect((await logIn(user, PASSWORD)).status).toBe(401);
    expect((await logIn(user, NEXT)).status).toBe(201);
  });

  it('LOG-29, VER-16 opening it does nothing', async () => {
    const user = await server.addUser({ teamId });
    const token = await linkFor(user);
    for (const method of ['GET', 'HEAD']) {
      for (const path of [`//reset/${token}`, '/password-resets/redeem']) {
        const answer = await server.call(method, path, { from: '40.94.0.1' });
        expect(answer.status).toBeLessThan(500);
      }
    }
    expect(
      await server.count('password_resets WHERE user_id = $1 AND used_at IS NULL', [user.id]),
    ).toBe(1);
    expect(await networks(user)).toBe(1);
    expect((await redeem(token)).status).toBe(204);
  });

  it('LOG-29 of 20 uses at once one succeeds', async () => {
    const user = await server.addUser({ teamId });
    const token = await linkFor(user);
    await server.db.query('DELETE FROM rate_limits');
    const attempt = async (n: number): Promise<number> => {
      const { status } = await redeem(token, `pass phrase number ${n}`);
      return status === 503 ? attempt(n) : status;
    };
    const statuses = await Promise.all(Array.from({ length: 20 }, (_, n) => attempt(n)));
    expect(statuses.filter((status) => status === 204)).toHaveLength(1);
    expect(statuses.filter((status) => status === 404 || status === 429)).toHaveLength(19);
    expect(
      await server.count(`audit_events WHERE type = 'password.reset' AND actor_id = $1`, [user.id]),
    ).toBe(1);
  });

  it.each([
    [-1, 204],
    [0, 404],
    [1, 404],
  ])('LOG-29 lives 30 minutes: %i ms later it answers %i', async (offsetMs, status) => {
    await server.db.query('DELETE FROM rate_limits');
    const user = await server.addUser({ teamId });
    const token = await linkFor(user);
    const { rows } = await server.db.query(
      'SELECT expires_at FROM password_resets WHERE user_id = $1',
      [user.id],
    );
    await server.freezeClock(new Date(rows[0].expires_at.getTime() + offsetMs));
    try {
      expect((await redeem(token)).status).toBe(status);
    } finally {
      await server.freezeClock(null);
    }
    expect((await logIn(user, PASSWORD)).status).toBe(status === 204 ? 401 : 201);
  });

  it('F21: a later link leaves the earlier one as it was; using one, or a change of password, ends all', async () => {
    const user = await server.addUser({ teamId });
    const [first, second, third] = [
      await linkFor(user),
      await linkFor(user, THIEF),
      await linkFor(user, THIEF),
    ];
    expect((await redeem(first)).status).toBe(204);
    for (const token of [second, third]) expect((await redeem(token)).status).toBe(404);
    const other = await server.addUser({ teamId });
    const link = await linkFor(other);
    expect((await change(other)).status).toBe(200);
    expect((await redeem(link)).status).toBe(404);
  });

  it('F21: strangers who ask for somebody use nothing up: of the links that are mailed some always work', async () => {
    await server.db.query('DELETE FROM rate_limits');
    const user = await server.addUser({ teamId });
    const links: string[] = [];
    for (let i = 1; i <= 4; i++) links.push(await linkFor(user, `198.51.100.${i}`));
    const mails = (await server.mails()).filter((mail) => mail.to.includes(user.email));
    expect(mails.map(({ text }) => text.includes('the last such mail for now'))).toEqual([
      false,
      false,
      false,
      true,
    ]);
    // No further mail, from wherever it is asked: written down as one row a minute.
    for (let i = 5; i <= 9; i++) {
      expect((await request(user.email, `198.51.100.${i}`)).status).toBe(202);
    }
    const refused = `audit_events WHERE type = 'password.reset_requested' AND user_id = $1 AND reason = 'too_many_requests'`;
    await vi.waitFor(
      async () =>
        expect(
          await server.count(
            'event_tallies t JOIN audit_events e ON e.id = t.first_id WHERE t.count = 4 AND e.user_id = $1',
            [user.id],
          ),
        ).toBe(1),
      { timeout: 10_000 },
    );
    expect(await server.count(refused, [user.id])).toBe(1);
    expect(await linksTo(user.email)).toHaveLength(4);
    // Once one has run out, there is another.
    await server.db.query(
      `UPDATE password_resets SET expires_at = gatehouse_now() WHERE token_hash IN (
         SELECT token_hash FROM password_resets WHERE user_id = $1 ORDER BY expires_at LIMIT 1)`,
      [user.id],
    );
    links.push(await linkFor(user, HOME));
    expect((await redeem(links[1] ?? '')).status).toBe(204);
  });

  it('F21: of many asked for at once no more are made', async () => {
    await server.db.query('DELETE FROM rate_limits');
    const user = await server.addUser({ teamId });
    await Promise.all(Array.from({ length: 12 }, (_, i) => request(user.email, `198.51.100.${i}`)));
    await vi.waitFor(
      async () => {
        expect(await server.count('password_resets WHERE user_id = $1', [user.id])).toBe(4);
        const isHers = `event_tallies t JOIN audit_events e ON e.id = t.first_id WHERE e.user_id = $1 AND t.count = 7`;
        expect(await server.count(isHers, [user.id])).toBe(1);
      },
      { timeout: 10_000 },
    );
  });

  it('F15: who has the mailbox is let in by the new password, however often strangers guessed', async () => {
    await server.db.query('DELETE FROM rate_limits');
    const user = await server.addUser({ teamId });
    const token = await linkFor(user);
    expect((await logIn(user, 'not the right one', THIEF)).status).toBe(401);
    await server.db.query(`UPDATE rate_limits SET points = 100 WHERE key = $1`, [
      `login-account:${user.email}`,
    ]);
    expect((await logIn(user, PASSWORD, CAFE)).status).toBe(429);
    expect((await redeem(token)).status).toBe(204);
    expect((await logIn(user, NEXT, CAFE)).status).toBe(201);
  });

  it('what the database holds of a link opens nothing', async () => {
    const user = await server.addUser({ teamId });
    await linkFor(user);
    const { rows } = await server.db.query(
      'SELECT token_hash FROM password_resets WHERE user_id = $1',
      [user.id],
    );
    for (const form of ['hex', 'base64url'] as const) {
      expect((await redeem(rows[0].token_hash.toString(form))).status).toBe(404);
    }
  });

  it('a poor password leaves the link as it was', async () => {
    const user = await server.addUser({ teamId });
    const token = await linkFor(user);
    expect((await redeem(token, 'password123')).status).toBe(400);
    expect((await redeem(token, user.email)).status).toBe(400);
    expect((await redeem(token)).status).toBe(204);
  });

  it('is asked for three times an hour from one network, then waits; elsewhere it does not', async () => {
    const user = await server.addUser();
    for (let i = 0; i < 3; i++) expect((await request(user.email, THIEF)).status).toBe(202);
    const answer = await request(user.email, THIEF);
    expect(answer.status).toBe(429);
    expect(answer.headers['retry-after']).toMatch(/^[1-9][0-9]*$/);
    expect((await request(user.email, HOME)).status).toBe(202);
  });
});
