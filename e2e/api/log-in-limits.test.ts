import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Answer, CAFE, HOME, PASSWORD, TestServer, type TestUser, THIEF } from './harness';

const WRONG = 'not the right one';

let server: TestServer;

beforeAll(async () => {
  server = await TestServer.start({ LOG_LEVEL: 'debug' });
});
afterAll(() => server.stop());

const logIn = (email: string, password: string, from: string) =>
  server.post('/sessions', { from, body: { email, password } });

/** Wrong log-ins, some at a time, each repeated while the server is busy. */
async function wrongLogIns(
  count: number,
  attempt: (i: number) => { email: string; from: string },
): Promise<number[]> {
  const statuses: number[] = [];
  let next = 0;
  const worker = async () => {
    while (next < count) {
      const { email, from } = attempt(next++);
      let answer = await logIn(email, WRONG, from);
      while (answer.status === 503) answer = await logIn(email, WRONG, from);
      statuses.push(answer.status);
    }
  };
  await Promise.all([worker(), worker(), worker(), worker()]);
  return statuses;
}

function expectWait(answer: Answer, atMostSeconds: number): void {
  expect(answer.status).toBe(429);
  expect(answer.body.code).toBe('too_many_requests');
  const seconds = Number(answer.headers['retry-after']);
  expect(seconds).toBe(answer.body.retryAfterSeconds);
  expect(Number.isInteger(seconds) && seconds >= 1 && seconds <= atMostSeconds).toBe(true);
}

/** The stored points of the counters whose names begin so. */
const setPoints = (name: string, points: number) =>
  server.db.query('UPDATE rate_limits SET points = $2 WHERE key LIKE $1', [`${name}%`, points]);

describe('guessing is slowed', () => {
  it('one account from one network: ten wrong ones, then a wait, with the right one too', async () => {
    const user = await server.addUser({ at: null });
    const statuses = await wrongLogIns(10, () => ({ email: user.email, from: THIEF }));
    expect(statuses).toEqual(Array(10).fill(401));
    expectWait(await logIn(user.email, PASSWORD, THIEF), 30);
    expect(await server.count('sessions WHERE user_id = $1', [user.id])).toBe(1);
    // Elsewhere she is not held up.
    expect((await logIn(user.email, PASSWORD, HOME)).status).toBe(201);
  });

  it('the wait doubles with each time', async () => {
    const user = await server.addUser({ at: null });
    const name = `login-account-network:${user.email} `;
    const waits: number[] = [];
    for (let round = 0; round < 3; round++) {
      await logIn(user.email, WRONG, '203.0.113.1');
      await setPoints(name, 9);
      await logIn(user.email, WRONG, '203.0.113.1');
      const answer = await logIn(user.email, PASSWORD, '203.0.113.1');
      waits.push(Math.ceil(Number(answer.headers['retry-after']) / 10) * 10);
      await server.db.query('UPDATE rate_limits SET expire = 0 WHERE key LIKE $1', [`${name}%`]);
    }
    expect(waits).toEqual([30, 60, 120]);
  });

  it('a right one forgets the wrong ones of this account here', async () => {
    const user = await server.addUser({ at: null });
    for (let round = 0; round < 2; round++) {
      const statuses = await wrongLogIns(9, () => ({ email: user.email, from: CAFE }));
      expect(statuses).toEqual(Array(9).fill(401));
      expect((await logIn(user.email, PASSWORD, CAFE)).status).toBe(201);
    }
  });

  it('a burst of guesses gains at most the two that are being checked', async () => {
    const user = await server.addUser({ at: null });
    const statuses = await Promise.all(
      Array.from(
        { length: 40 },
        async () => (await logIn(user.email, WRONG, '203.0.113.2')).status,
      ),
    );
    expect(statuses.filter((status) => status === 401).length).toBeLessThanOrEqual(11);
    expect(statuses.filter((status) => status === 429).length).toBeGreaterThan(0);
  });

  it('re-authentication counts with log-in', async () => {
    const user = await server.addUser();
    const verify = (password: string) =>
      server.post('/verifications', { token: user.token, from: '203.0.113.3', body: { password } });
    for (let i = 0; i < 10; i++) expect((await verify(WRONG)).status).toBe(401);
    expectWait(await verify(PASSWORD), 30);
    expectWait(await logIn(user.email, PASSWORD, '203.0.113.3'), 30);
    expect((await server.get('/me', { token: user.token })).status).toBe(200);
  });

  it('LOG-18 100 accounts from one network: then this network waits, and no other', async () => {
    const from = '203.0.113.100';
    const statuses = await wrongLogIns(100, (i) => ({ email: `someone-${i}@example.com`, from }));
    expect(statuses).toEqual(Array(100).fill(401));
    const user = await server.addUser({ at: null });
    expectWait(await logIn(user.email, PASSWORD, from), 60);
    expect((await logIn(user.email, PASSWORD, '203.0.113.101')).status).toBe(201);
  });

  it('LOG-19, LOG-20 one account from many networks: strangers wait, its owner at home does not', async () => {
    const user = await server.addUser({ at: HOME });
    const statuses = await wrongLogIns(100, (i) => ({
      email: user.email,
      from: `198.51.100.${i + 1}`,
    }));
    expect(statuses).toEqual(Array(100).fill(401));
    expectWait(await logIn(user.email, PASSWORD, '198.51.100.200'), 60);
    expect((await logIn(user.email, PASSWORD, HOME)).status).toBe(201);
  });

  it('VER-20 with the right password too, nobody tours the Internet', async () => {
    const user = await server.addUser({ at: HOME });
    expect((await logIn(user.email, PASSWORD, '198.51.100.201')).status).toBe(201);
    await setPoints(`login-account:${user.email}`, 99);
    expect((await logIn(user.email, PASSWORD, '198.51.100.202')).status).toBe(201);
    expectWait(await logIn(user.email, PASSWORD, '198.51.100.203'), 60);
    expect((await logIn(user.email, PASSWORD, '198.51.100.202')).status).toBe(201);
  });

  it('LOG-23 all addresses of one /64 count as one', async () => {
    const statuses = await wrongLogIns(100, (i) => ({
      email: `sixty-four-${i}@example.com`,
      from: `2001:db8:64:1:${i}::1`,
    }));
    expect(statuses).toEqual(Array(100).fill(401));
    expectWait(await logIn('other@example.com', WRONG, '2001:db8:64:1:ffff::9'), 60);
    expect((await logIn('other@example.com', WRONG, '2001:db8:64:2::1')).status).toBe(401);
  });

  it('LOG-23 the /64s of one /48 count together, up to four times as many', async () => {
    expect((await logIn('a@example.com', WRONG, '2001:db8:48:1::1')).status).toBe(401);
    await setPoints('login-network-48:2001:db8:48::/48', 399);
    expect((await logIn('a@example.com', WRONG, '2001:db8:48:2::1')).status).toBe(401);
    expectWait(await logIn('a@example.com', WRONG, '2001:db8:48:3::1'), 60);
    expect((await logIn('a@example.com', WRONG, '2001:db8:49::1')).status).toBe(401);
  });
});

it('LOG-22 200 log-ins at once are served or put off, and the server lives', async () => {
  const users: TestUser[] = [];
  for (let i = 0; i < 20; i++) users.push(await server.addUser());
  const before = server.pid;
  const answers = await Promise.all(
    Array.from({ length: 200 }, (_, i) => logIn(users[i % 20]?.email ?? '', PASSWORD, HOME)),
  );
  const made = answers.filter(({ status }) => status === 201);
  const putOff = answers.filter(({ status }) => status === 503 || status === 429);
  expect(made.length + putOff.length).toBe(200);
  expect(made.length).toBeGreaterThan(0);
  for (const { headers } of putOff) expect(headers['retry-after']).toMatch(/^[1-9][0-9]*$/);
  expect(new Set(made.map(({ body }) => body.token)).size).toBe(made.length);
  expect(
    await server.count(`sessions WHERE client = 'API' AND user_id = ANY($1)`, [
      users.map(({ id }) => id),
    ]),
  ).toBe(made.length);
  expect(server.pid).toBe(before);
  expect((await server.get('//api/health/ready')).status).toBe(200);
  expect((await logIn(users[0]?.email ?? '', PASSWORD, HOME)).status).toBe(201);
});

it('ADM-3 the log of all this holds no token, password or cookie', () => {
  expect(server.findLeakedSecrets()).toEqual([]);
});
