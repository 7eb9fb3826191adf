import { describe, expect, it, vi } from 'vitest';
import {
  type Answer,
  CAFE,
  type Call,
  codeOf,
  HOME,
  PASSWORD,
  sharedServer,
  TestServer,
  type TestUser,
  THIEF,
  untilServed,
} from '../support/harness';

const WRONG = 'not the right one';

const server = sharedServer();

const logIn = (email: string, password: string, from: string) =>
  server.logIn({ email, password }, { from });

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
  expect(codeOf(answer)).toEqual([429, 'too_many_requests']);
  const seconds = Number(answer.headers['retry-after']);
  expect(seconds).toBe(answer.body.retryAfterSeconds);
  expect(Number.isInteger(seconds) && seconds >= 1 && seconds <= atMostSeconds).toBe(true);
}

/** The stored points of the counters whose names begin so. */
const setPoints = (name: string, points: number) =>
  server.db.query('UPDATE rate_limits SET points = $2 WHERE key LIKE $1', [`${name}%`, points]);

/** The keys that begin so. */
async function keysOf(name: string): Promise<string[]> {
  const { rows } = await server.db.query('SELECT key FROM rate_limits WHERE key LIKE $1', [
    `${name}%`,
  ]);
  return rows.map(({ key }) => key);
}

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

  it.each([-3_600_000, 3_600_000])(
    'O12: an instance whose clock is wrong by %i ms counts by the database’s',
    async (shiftMs) => {
      const wrong = await TestServer.startBeside(server, {
        CLOCK_SHIFT_MS: String(shiftMs),
        NODE_OPTIONS: '--import ./e2e/support/shift-clock.mjs',
      });
      try {
        const user = await server.addUser({ at: null });
        const name = `login-account-network:${user.email} `;
        const ask = (one: TestServer, password: string) =>
          untilServed(() => one.logIn({ email: user.email, password }, { from: THIEF }));
        // What one has counted and shut, the other counts and holds shut, in both directions.
        for (const [counting, asked] of [
          [server, wrong],
          [wrong, server],
        ] as const) {
          expect((await ask(counting, WRONG)).status).toBe(401);
          await setPoints(name, 9);
          expect((await ask(counting, WRONG)).status).toBe(401);
          expectWait(await ask(asked, PASSWORD), 60);
          await server.db.query('UPDATE rate_limits SET expire = 0 WHERE key = ANY($1)', [
            await keysOf(name),
          ]);
          expect((await ask(asked, PASSWORD)).status).toBe(201);
        }
      } finally {
        await wrong.stop();
      }
    },
  );

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

describe('right passwords', () => {
  it('F10: of one account from one network count too: after thirty it waits there, and nowhere else', async () => {
    const user = await server.addUser({ at: null });
    const from = '203.0.113.40';
    expect((await logIn(user.email, PASSWORD, from)).status).toBe(201);
    await setPoints(`right-password:${user.email} `, 29);
    expect((await logIn(user.email, PASSWORD, from)).status).toBe(201);
    expectWait(await logIn(user.email, PASSWORD, from), 60);
    expect((await logIn(user.email, PASSWORD, HOME)).status).toBe(201);
    const neighbour = await server.addUser({ at: null });
    expect((await logIn(neighbour.email, PASSWORD, from)).status).toBe(201);
  });

  it('F10: 120 log-ins of one member at once keep nobody else out', async () => {
    const thief = await server.addUser({ at: null });
    const others: TestUser[] = [];
    while (others.length < 8) others.push(await server.addUser());
    const flood = Array.from({ length: 120 }, () => logIn(thief.email, PASSWORD, THIEF));
    const served = await Promise.all(others.map(({ email }) => logIn(email, PASSWORD, HOME)));
    expect(served.map(({ status }) => status)).toEqual(Array(8).fill(201));
    const statuses = (await Promise.all(flood)).map(({ status }) => status);
    expect([...new Set(statuses)].sort()).toEqual([201, 429]);
    expect(statuses.filter((status) => status === 201).length).toBeLessThanOrEqual(31);
  });

  it('O13: of two hundred people at once all are let in', async () => {
    await server.db.query('DELETE FROM rate_limits');
    const people: TestUser[] = [];
    while (people.length < 200) people.push(await server.addUser());
    const answers = await Promise.all(
      people.map(({ email }) => untilServed(() => logIn(email, PASSWORD, '203.0.113.41'))),
    );
    expect(answers.map(({ status }) => status)).toEqual(Array(200).fill(201));
  }, 120_000);

  it('F19: where single sign-on is required: written down, and mailed once a day and network', async () => {
    const user = await addSsoUser();
    const withWrong = () => logIn(user.email, WRONG, THIEF);
    const before = (await server.mails()).length;
    const answer = await logIn(user.email, PASSWORD, THIEF);
    expect(codeOf(answer)).toEqual([403, 'sso_required']);
    expect((await withWrong()).body.code).toBe('invalid_credentials');
    expect((await logIn(user.email, PASSWORD, THIEF)).status).toBe(403);
    const events = () =>
      server.db.query(
        `SELECT reason, address FROM audit_events WHERE type = 'session.refused' AND user_id = $1
         ORDER BY reason NULLS LAST`,
        [user.id],
      );
    await vi.waitFor(
      async () =>
        expect((await events()).rows).toEqual([
          { reason: 'sso_required', address: THIEF },
          { reason: null, address: THIEF },
        ]),
      { timeout: 10_000 },
    );
    // The second right one is counted with the first; who knows it elsewhere is another matter.
    await vi.waitFor(
      async () =>
        expect(await server.count('event_tallies WHERE count = 1')).toBeGreaterThanOrEqual(1),
      { timeout: 10_000 },
    );
    expect((await logIn(user.email, PASSWORD, CAFE)).status).toBe(403);
    const mails = async () => (await server.mails()).slice(before);
    await vi.waitFor(async () => expect(await mails()).toHaveLength(2), { timeout: 10_000 });
    for (const { to, subject, text } of await mails()) {
      expect(to).toBe(user.email);
      expect(subject).toBe('Somebody gave your right password');
      expect(text).toContain('Nobody was let in');
    }
    expect((await mails()).map(({ text }) => /from ([\d.]+)\./.exec(text)?.[1])).toEqual([
      THIEF,
      CAFE,
    ]);
  });
});

/** A member who may not use the password that he has. */
async function addSsoUser(): Promise<TestUser> {
  const teamId = await server.addTeam();
  const user = await server.addUser({ teamId, at: null });
  const domain = 'sso.example';
  const email = user.email.replace(/@.*/, `@${domain}`);
  await server.db.query('UPDATE users SET email = $2 WHERE id = $1', [user.id, email]);
  await server.db.query(
    `INSERT INTO sso_domains (team_id, connection_id, domain, proof, proven_at, is_required)
     VALUES ($1, $2, $3, 'proof', gatehouse_now(), true)`,
    [teamId, await server.addProvider(teamId), domain],
  );
  return { ...user, email };
}

describe('who has a live session', () => {
  const verify = (token: string, password: string, from: string) =>
    server.verify({ token, password }, { from });

  it('F15: is not shut out by strangers who guess: not in the session, nor on the prompt page', async () => {
    const teamId = await server.addTeam();
    const computerId = await server.addComputer(teamId);
    const valerie = await server.addUser({ teamId });
    // A hundred from ten addresses, and a hundred at the café.
    await wrongLogIns(100, (i) => ({ email: valerie.email, from: `198.18.0.${i % 10}` }));
    await wrongLogIns(100, (i) => ({ email: `nobody-${i}@example.com`, from: CAFE }));
    for (const from of [CAFE, '203.0.113.50']) {
      expect((await logIn(valerie.email, PASSWORD, from)).status).toBe(429);
    }
    const connect = await server.connect(computerId, { token: valerie.token, from: CAFE });
    const { id } = connect.body.challenge;
    const onPage = (password: string) => server.verifyOnPage(id, password, CAFE);
    expect((await onPage(WRONG)).status).toBe(401);
    expect((await onPage(PASSWORD)).status).toBe(201);
    expect((await verify(valerie.token, PASSWORD, '203.0.113.50')).status).toBe(201);
  }, 120_000);

  it('F15: nor from a further team: her invitation is accepted in her session', async () => {
    const valerie = await server.addUser();
    const stranger = await server.addUser();
    const further = await server.addTeam();
    const olga = await server.addUser({ teamId: further, role: 'owner' });
    const invited = await server.post(`/teams/${further}/invites`, {
      token: olga.token,
      body: { email: valerie.email, role: 'member' },
    });
    await setUsedUp(valerie.email);
    const from = '203.0.113.57';
    const accept = (call: Call, password = PASSWORD) =>
      server.post('/invites/accept', {
        from,
        body: { token: invited.body.token, name: 'Valerie', password },
        ...call,
      });
    // Neither a stranger nor somebody else's session gets more guesses by it.
    expect((await accept({})).status).toBe(429);
    expect((await accept({ token: stranger.token })).status).toBe(429);
    expect((await accept({ token: valerie.token }, WRONG)).status).toBe(401);
    expect(
      (await accept({ cookie: valerie.token, headers: { origin: 'https://evil.test' } })).status,
    ).toBe(403);
    expect((await accept({ cookie: valerie.token })).status).toBe(201);
  });

  /** As after a hundred guesses of strangers. */
  async function setUsedUp(email: string): Promise<void> {
    expect((await logIn(email, WRONG, '198.18.1.1')).status).toBe(401);
    await setPoints(`login-account:${email}`, 99);
    expect((await logIn(email, WRONG, '198.18.1.2')).status).toBe(401);
    expect((await logIn(email, WRONG, '198.18.1.3')).status).toBe(429);
  }

  it('F15: and guesses is limited by it, and shuts out neither her log-in nor her session elsewhere', async () => {
    const valerie = await server.addUser();
    for (let i = 0; i < 10; i++) {
      expect((await verify(valerie.token, WRONG, THIEF)).status).toBe(401);
    }
    expectWait(await verify(valerie.token, PASSWORD, THIEF), 30);
    expect((await logIn(valerie.email, PASSWORD, '203.0.113.51')).status).toBe(201);
    expect((await verify(valerie.token, PASSWORD, '203.0.113.52')).status).toBe(201);
  });

  it('F15: does not tour the Internet with it: sixty wrong ones at unverified networks are all', async () => {
    const valerie = await server.addUser();
    expect((await verify(valerie.token, WRONG, THIEF)).status).toBe(401);
    await setPoints(`prove-session:${valerie.sessionId}`, 59);
    expect((await verify(valerie.token, WRONG, '198.51.100.7')).status).toBe(401);
    expectWait(await verify(valerie.token, PASSWORD, '198.51.100.8'), 60);
    expect((await verify(valerie.token, PASSWORD, HOME)).status).toBe(201);
  });

  it('F15: and changes the password counts by it too', async () => {
    const valerie = await server.addUser();
    const from = '203.0.113.53';
    await server.trust(valerie.id, from);
    await wrongLogIns(100, (i) => ({ email: `nobody-${i}@example.com`, from }));
    expect((await logIn(valerie.email, PASSWORD, from)).status).toBe(429);
    const change = await server.post('/me/password', {
      token: valerie.token,
      from,
      body: { currentPassword: PASSWORD, newPassword: 'another good pass phrase' },
    });
    expect(change.status).toBe(200);
  });

  it('C10: after twenty wrong ones its owner has a mail, and one alone', async () => {
    const valerie = await server.addUser();
    // Others’ may still be on their way.
    const mails = async () => (await server.mails()).filter(({ to }) => to === valerie.email);
    for (let i = 0; i < 21; i++) {
      const from = `198.51.100.${100 + Math.floor(i / 7)}`;
      expect((await verify(valerie.token, WRONG, from)).status).toBe(401);
    }
    await vi.waitFor(async () => expect(await mails()).toHaveLength(1), { timeout: 10_000 });
    const [mail] = await mails();
    expect(mail).toMatchObject({
      to: valerie.email,
      subject: 'Many wrong passwords from one of your sessions',
    });
    expect(mail?.text).toContain('198.51.100.102');
    await vi.waitFor(
      async () =>
        expect(
          await server.count(`rate_limits WHERE key = $1 AND points = 21`, [
            `told-wrong-proofs:${valerie.sessionId}`,
          ]),
        ).toBe(1),
      { timeout: 10_000 },
    );
    expect(await mails()).toHaveLength(1);
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
