import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { CAFE, HOME, PASSWORD, type TestUser, THIEF } from '../support/harness';
import { RogueIdp } from '../support/idp/rogue-oidc-idp';
import { type Provider, SsoBrowser, SsoScene, type SsoTeam, ticketOf } from '../support/sso-scene';
import { byOutcome } from '../support/tables';

/**
 * F2: a provider's word for an email opens no account. Whoever comes with the address of one has to prove
 * it in the browser in which he came.
 */

let scene: SsoScene;
let idp: RogueIdp;
let team: SsoTeam;
let provider: Provider;
let member: TestUser;
/** Attempts are counted by network and account; each test has its own. */
let from: string;
let number = 0;

beforeAll(async () => {
  [scene, idp] = await Promise.all([SsoScene.begin(), RogueIdp.start()]);
  team = await scene.addTeam();
  provider = await team.connect(idp);
});
afterAll(async () => {
  await scene.stop();
  await idp.stop();
});
beforeEach(async () => {
  number += 1;
  from = `203.0.113.${number}`;
  member = await team.addMember(`valerie-${number}`);
  idp.reset();
  claim(member.email);
});

/** What the provider says from now on of whoever comes. */
function claim(email: string, more: Record<string, unknown> = { email_verified: true }) {
  idp.claims = { sub: `subject-${number}`, email, ...more };
}

const count = (sql: string, values: unknown[] = []) => scene.server.count(sql, values);
const identitiesOf = (id: string) => count('sso_identities WHERE user_id = $1', [id]);
const liveSessions = (id: string) =>
  count('sessions WHERE user_id = $1 AND ended_at IS NULL', [id]);
const networksOf = (id: string) => scene.server.networksOf(id);
const statusOf = async (token: string) => (await scene.server.get('/me', { token, from })).status;
const eventsOf = async (type: string, userId: string) =>
  await scene.server.rows(
    `SELECT after, network, team_id AS "teamId" FROM audit_events
       WHERE type = $1 AND coalesce(user_id, actor_id) = $2 ORDER BY id`,
    [type, userId],
  );

/** What stands of an account that nobody has got into. */
const state = async (user: TestUser) => [
  await identitiesOf(user.id),
  await liveSessions(user.id),
  await networksOf(user.id),
  (await eventsOf('sso.linked', user.id)).length,
];

/** A browser whose log-in waits for its account to be proven. */
async function held(at = from): Promise<SsoBrowser> {
  const browser = new SsoBrowser(scene.server, at);
  const arrived = await browser.arrive(provider.id, '');
  expect(arrived).toMatchObject({ token: null, error: 'proof_needed' });
  expect(browser.sessionToken).toBeUndefined();
  return browser;
}

const mailsTo = async (email: string) =>
  (await scene.server.mails()).filter(({ to }) => to === email);
const linksTo = async (email: string) =>
  (await mailsTo(email)).flatMap(({ text }) =>
    [...text.matchAll(/\/sso\/join#(\S+)/g)].map(([, token = '']) => token),
  );
/** The token of the link that a browser asks for. */
async function mailedTo(browser: SsoBrowser, { email }: TestUser): Promise<string> {
  const before = (await linksTo(email)).length;
  const asked = await browser.askJoinMail();
  expect([asked.status, asked.body]).toEqual([202, { status: 'requested' }]);
  await expect
    .poll(async () => (await linksTo(email)).length, { timeout: 10_000 })
    .toBe(before + 1);
  return (await linksTo(email)).at(-1) ?? '';
}

const refusal = ({ status, body, headers }: Awaited<ReturnType<SsoBrowser['join']>>) => {
  expect(headers['set-cookie']).toBeUndefined();
  return [status, body.reason ?? body.code];
};

describe('F2: the email of an account opens nothing', () => {
  it.each(['member', 'admin', 'owner'] as const)('of a %s', async (role) => {
    const user = await team.addMember(`opens-nothing-${role}`, { role });
    claim(user.email);
    const before = await state(user);
    const browser = await held(THIEF);
    expect(await state(user)).toEqual(before);
    // Nor does what is left of the answer.
    expect(refusal(await browser.complete(`${scene.server.origin}/sso/complete#guessed`))).toEqual([
      403,
      'other_browser',
    ]);
    expect(await state(user)).toEqual(before);
    expect(await eventsOf('sso.proof_asked', user.id)).toEqual([
      {
        after: { connectionId: provider.id, name: provider.name },
        network: `${THIEF}/32`,
        teamId: team.id,
      },
    ]);
  });

  it('that a provider says nothing of: it joins nobody, makes nobody, and takes no invitation', async () => {
    const before = await state(member);
    claim(member.email, {});
    const browser = new SsoBrowser(scene.server, THIEF);
    const done = await browser.arrive(provider.id, '');
    expect(done.error).toBe('email_verification_unknown');
    expect(refusal(await browser.join({ password: PASSWORD }))).toEqual([403, 'expired']);
    expect(refusal(await browser.askJoinMail())).toEqual([403, 'expired']);
    expect(await state(member)).toEqual(before);

    const invited = `invited-${number}@${team.domain}`;
    await team.call('POST', '/invites', { email: invited, role: 'owner' });
    claim(invited, {});
    expect((await browser.arrive(provider.id, '')).error).toBe('email_verification_unknown');
    expect(await count('users WHERE email = $1', [invited])).toBe(0);
    expect(
      await count('invites WHERE email = $1 AND accepted_at IS NULL AND revoked_at IS NULL', [
        invited,
      ]),
    ).toBe(1);
    expect(
      await count(
        `audit_events WHERE type = 'sso.refused' AND reason = 'email_verification_unknown' AND team_id = $1`,
        [team.id],
      ),
    ).toBe(1);
    expect(await count('event_tallies WHERE count = 1')).toBe(1);
  });

  it.each<[unknown, string]>([
    [true, 'proof_needed'],
    ['true', 'proof_needed'],
    [null, 'email_verification_unknown'],
    [false, 'email_not_verified'],
    ['false', 'email_not_verified'],
    ['TRUE', 'email_not_verified'],
    ['yes', 'email_not_verified'],
    [1, 'email_not_verified'],
    [[true], 'email_not_verified'],
  ])('P12: email_verified as %j is %s', async (email_verified, error) => {
    claim(member.email, { email_verified });
    const done = await new SsoBrowser(scene.server, from).arrive(provider.id, '');
    expect(done.error).toBe(error);
  });

  it('an address that userinfo tells is verified by what userinfo says, not by the ID token', async () => {
    idp.claims = { sub: `subject-${number}`, email_verified: true };
    idp.userinfo = (claims) => ({ sub: claims.sub, email: member.email });
    const arrive = async () =>
      (await new SsoBrowser(scene.server, from).arrive(provider.id, '')).error;
    expect(await arrive()).toBe('email_verification_unknown');
    idp.userinfo = ({ sub }) => ({ sub, email: member.email, email_verified: true });
    expect(await arrive()).toBe('proof_needed');
  });

  it('a ligature is not folded into the letters of somebody else', async () => {
    const office = await team.addMember('office');
    const before = await state(office);
    claim(`oﬃce@${team.domain}`);
    const done = await new SsoBrowser(scene.server, THIEF).arrive(provider.id, '');
    expect(done.error).toBe('no_email');
    expect(await state(office)).toEqual(before);
  });
});

describe('F2: an account that its password proves', () => {
  it('is logged in to, known from then on, audited and told', async () => {
    const browser = await held();
    const done = await browser.join({ password: PASSWORD });
    expect(done.status).toBe(201);
    expect(done.body).toMatchObject({
      user: { id: member.id, email: member.email },
      verifiedIp: { network: `${from}/32`, method: 'sso' },
    });
    expect(done.text).not.toContain('gate_');
    const token = browser.sessionToken ?? '';
    expect(await statusOf(token)).toBe(200);
    expect(await networksOf(member.id)).toEqual([{ network: `${from}/32`, method: 'sso' }]);
    expect(await eventsOf('sso.linked', member.id)).toEqual([
      {
        after: {
          connectionId: provider.id,
          name: provider.name,
          isNew: false,
          provenBy: 'password',
        },
        network: `${from}/32`,
        teamId: team.id,
      },
    ]);
    const told = async () => (await mailsTo(member.email)).map(({ text }) => text).join();
    await expect.poll(told, { timeout: 10_000 }).toContain('proven by its password');
    // The next time nothing is asked.
    const again = await new SsoBrowser(scene.server, from).arrive(provider.id, '');
    expect(again.error).toBeNull();
    // The address was confirmed, so the account keeps what it has.
    expect((await scene.server.get('/me', { token: member.token })).status).toBe(200);
  });

  it('tells of a network that is new, as every log-in does', async () => {
    await scene.server.trust(member.id, HOME);
    await scene.server.db.query(
      `UPDATE users SET created_at = created_at - interval '1 day' WHERE id = $1`,
      [member.id],
    );
    const browser = await held(CAFE);
    expect((await browser.join({ password: PASSWORD })).status).toBe(201);
    const told = async () => (await mailsTo(member.email)).map(({ subject }) => subject);
    await expect.poll(told, { timeout: 10_000 }).toContain(`A new address was verified: ${CAFE}`);
  });

  it('replaces the session that the browser has', async () => {
    const browser = await held();
    browser.sessionToken = member.token;
    expect((await browser.join({ password: PASSWORD })).status).toBe(201);
    expect(browser.sessionToken).not.toBe(member.token);
    expect((await scene.server.get('/me', { token: member.token })).status).toBe(401);
  });

  it('by a wrong one is not, which counts as at the log-in', async () => {
    const browser = await held();
    const before = await state(member);
    for (let guess = 0; guess < 10; guess++) {
      expect(refusal(await browser.join({ password: `a guess, number ${guess}` }))).toEqual([
        401,
        'invalid_credentials',
      ]);
    }
    expect(refusal(await browser.join({ password: PASSWORD }))).toEqual([429, 'too_many_requests']);
    const logIn = { email: member.email, password: PASSWORD };
    expect((await scene.server.post('/sessions', { from, body: logIn })).status).toBe(429);
    expect(await state(member)).toEqual(before);
    await expect
      .poll(() => scene.server.count('event_tallies WHERE count = 9'), { timeout: 10_000 })
      .toBe(1);
    await scene.server.endMinutes();
    expect(await eventsOf('session.refused', member.id)).toHaveLength(2);
  });

  it.each([
    ['another’s password', { password: 'the password of the thief' }, 401],
    ['an empty one', { password: '' }, 400],
    ['NUL in it', { password: 'a\u0000b' }, 400],
    ['neither', {}, 400],
    ['both', { password: PASSWORD, token: 'a token' }, 400],
    ['an account of choice', { password: PASSWORD, userId: 'usr_other' }, 400],
  ])('with %s is refused', async (_what, json, status) => {
    const browser = await held();
    const before = await state(member);
    expect((await browser.call('POST', '/api/v1/sso-flows/join', { json })).status).toBe(status);
    expect(await state(member)).toEqual(before);
  });

  it('of an account without one is none', async () => {
    const user = await team.addMember(`passwordless-${number}`, { hasPassword: false });
    claim(user.email);
    const browser = await held();
    expect(refusal(await browser.join({ password: PASSWORD }))).toEqual([
      401,
      'invalid_credentials',
    ]);
    expect(await identitiesOf(user.id)).toBe(0);
  });
});

describe('F2: an account that its mailbox proves', () => {
  it('is logged in to by the link, once', async () => {
    const browser = await held();
    const token = await mailedTo(browser, member);
    const mail = (await mailsTo(member.email)).at(-1);
    expect(mail?.text).toContain(provider.name);
    expect(mail?.text).toContain(from);
    const done = await browser.join({ token });
    expect([done.status, done.body.user.id]).toEqual([201, member.id]);
    expect((await eventsOf('sso.linked', member.id))[0].after.provenBy).toBe('mail');
    const sessions = await liveSessions(member.id);
    expect(refusal(await browser.join({ token }))).toEqual([403, 'expired']);
    expect(await liveSessions(member.id)).toBe(sessions);
  });

  it('in no other browser, with a flow of its own or without', async () => {
    const browser = await held();
    const token = await mailedTo(browser, member);
    const before = await state(member);
    const cookieless = new SsoBrowser(scene.server, from);
    expect(refusal(await cookieless.join({ token }))).toEqual([403, 'other_browser']);
    const begun = new SsoBrowser(scene.server, from);
    await begun.begin(provider.id);
    expect(refusal(await begun.join({ token }))).toEqual([403, 'expired']);
    // She opens the thief's link while she proves an account of her own.
    const own = await held();
    await mailedTo(own, member);
    expect(refusal(await own.join({ token }))).toEqual([403, 'link_void']);
    const planted = await browser.call('POST', '/api/v1/sso-flows/join', {
      json: { token },
      headers: {
        cookie: `${scene.server.cookieName('sso')}=planted; ${scene.server.cookieName('sso')}=${browser.cookie(scene.server.cookieName('sso'))}`,
      },
    });
    expect(refusal(planted)).toEqual([403, 'other_browser']);
    expect(await state(member)).toEqual(before);
    expect((await browser.join({ token })).status).toBe(201);
  });

  it('by a link that a mail scanner opens nothing happens', async () => {
    const browser = await held();
    const token = await mailedTo(browser, member);
    const before = await state(member);
    for (const method of ['GET', 'HEAD']) {
      const opened = await scene.server.call(method, '//sso/join', { from: '40.94.0.1' });
      expect(opened.status).toBe(200);
      expect(opened.text).not.toContain(member.email);
    }
    const ran = new SsoBrowser(scene.server, '40.94.0.1');
    expect((await ran.join({ token })).status).toBe(403);
    expect(await state(member)).toEqual(before);
    expect((await browser.join({ token })).status).toBe(201);
  });

  it('by the latest link alone, and by nothing that the database holds', async () => {
    const browser = await held();
    const first = await mailedTo(browser, member);
    const second = await mailedTo(browser, member);
    const { rows } = await scene.server.db.query(
      'SELECT join_token_hash FROM sso_flows WHERE joins_user_id = $1 AND completed_at IS NULL',
      [member.id],
    );
    expect(rows).toHaveLength(1);
    for (const token of [
      first,
      rows[0].join_token_hash.toString('hex'),
      rows[0].join_token_hash.toString('base64url'),
    ]) {
      expect(refusal(await browser.join({ token }))).toEqual([403, 'link_void']);
    }
    expect((await browser.join({ token: second })).status).toBe(201);
  });

  it('by a link that nobody asked for is none', async () => {
    const browser = await held();
    expect(refusal(await browser.join({ token: 'a token' }))).toEqual([403, 'link_void']);
    expect(await identitiesOf(member.id)).toBe(0);
  });

  it('is mailed three times in an hour to one network, then it waits; elsewhere it does not', async () => {
    const browser = await held();
    for (let i = 0; i < 3; i++) expect((await browser.askJoinMail()).status).toBe(202);
    const limited = await browser.askJoinMail();
    expect(refusal(limited)).toEqual([429, 'too_many_requests']);
    expect(limited.headers['retry-after']).toMatch(/^[1-9][0-9]*$/);
    expect((await (await held(`198.51.100.${number}`)).askJoinMail()).status).toBe(202);
  });
});

describe('F2: what waits for a proof', () => {
  it('waits on its own network', async () => {
    const browser = await held();
    const token = await mailedTo(browser, member);
    const before = await state(member);
    browser.from = THIEF;
    for (const proof of [{ password: PASSWORD }, { token }]) {
      expect(refusal(await browser.join(proof))).toEqual([403, 'network_changed']);
    }
    expect(refusal(await browser.askJoinMail())).toEqual([403, 'network_changed']);
    expect(await state(member)).toEqual(before);
    browser.from = from;
    expect((await browser.join({ token })).status).toBe(201);
  });

  it('is proven once, also by 20 at once', async () => {
    const browser = await held();
    const token = await mailedTo(browser, member);
    const before = await liveSessions(member.id);
    const answers = await Promise.all(Array.from({ length: 20 }, () => browser.join({ token })));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(await liveSessions(member.id)).toBe(before + 1);
    expect(await identitiesOf(member.id)).toBe(1);
  });

  it('in two browsers is one identity', async () => {
    const browsers = [await held(), await held()];
    const done = await Promise.all(browsers.map((browser) => browser.join({ password: PASSWORD })));
    expect(done.map(({ status }) => status)).toEqual([201, 201]);
    expect(await identitiesOf(member.id)).toBe(1);
  });

  it.each([
    [-1, 201],
    [0, 403],
  ])('waits for 15 minutes: %i ms after them it answers %i', async (ms, status) => {
    const browser = await held();
    const { rows } = await scene.server.db.query(
      `SELECT expires_at, extract(epoch FROM expires_at - gatehouse_now()) AS seconds FROM sso_flows
       WHERE joins_user_id = $1`,
      [member.id],
    );
    expect(Number(rows[0].seconds)).toBeLessThanOrEqual(900);
    await scene.server.freezeClock(new Date(rows[0].expires_at.getTime() + ms));
    try {
      expect((await browser.join({ password: PASSWORD })).status).toBe(status);
    } finally {
      await scene.server.freezeClock(null);
    }
    expect(await identitiesOf(member.id)).toBe(status === 201 ? 1 : 0);
  });

  it.each(
    byOutcome<(own: SsoTeam, id: string, user: TestUser) => Promise<unknown>>({
      expired: {
        'the provider is switched off': (own, id) =>
          own.call('PATCH', `/sso-connections/${id}`, { enabled: false }),
        'the provider is removed': (own, id) => own.call('DELETE', `/sso-connections/${id}`),
        'the provider is changed': (own, id) =>
          own.call('PATCH', `/sso-connections/${id}`, { justInTimeRole: 'admin' }),
        'the account is disabled': (_own, _id, user) =>
          scene.server.db.query('UPDATE users SET disabled_at = gatehouse_now() WHERE id = $1', [
            user.id,
          ]),
      },
      account_elsewhere: {
        'the member is removed': (own, _id, user) => own.call('DELETE', `/members/${user.id}`),
      },
      domain_not_proven: {
        'the domain is taken away': async (own, id) => {
          const { rows } = await scene.server.db.query(
            'SELECT id FROM sso_domains WHERE connection_id = $1',
            [id],
          );
          return own.call('DELETE', `/sso-connections/${id}/domains/${rows[0].id}`);
        },
      },
    }),
  )('is void once %s', async (_what, change, reason) => {
    const own = await scene.addTeam();
    const { id } = await own.connect(idp);
    const user = await own.addMember('valerie');
    claim(user.email);
    const browser = new SsoBrowser(scene.server, from);
    expect((await browser.arrive(id, '')).error).toBe('proof_needed');
    const token = await mailedTo(browser, user);
    await change(own, id, user);
    expect(refusal(await browser.join({ token }))).toEqual([403, reason]);
    expect(await identitiesOf(user.id)).toBe(0);
  });

  it('is proven by our own pages alone', async () => {
    const browser = await held();
    for (const [path, json] of [
      ['/api/v1/sso-flows/join', { password: PASSWORD }],
      ['/api/v1/sso-flows/join-mail', {}],
    ] as const) {
      const headers = { origin: 'https://evil.test' };
      const answer = await browser.call('POST', path, { json, headers });
      expect(refusal(answer)).toEqual([403, 'cross_site_request']);
    }
    expect(await identitiesOf(member.id)).toBe(0);
  });

  it('records nothing from an address that can’t be established', async () => {
    const browser = await held('127.0.0.1');
    const done = await browser.join({ password: PASSWORD });
    expect([done.status, done.body.verifiedIp]).toEqual([201, null]);
    expect(await networksOf(member.id)).toEqual([]);
  });

  it('verifies no network of a session that waits for a verification', async () => {
    await team.know(provider.id, member.id, `subject-${number}`);
    idp.claims = { ...idp.claims, sub: 'another subject' };
    const browser = new SsoBrowser(scene.server, from);
    browser.sessionToken = member.token;
    const url = await browser.begin(provider.id, { purpose: 'verify' });
    const { page } = await browser.authenticate(url, '');
    const done = await browser.complete(page.url);
    expect(refusal(done)[0]).toBe(403);
    expect(refusal(await browser.join({ password: PASSWORD }))).toEqual([403, 'expired']);
    expect(await networksOf(member.id)).toEqual([]);
  });
});

describe('F2: where single sign-on is required', () => {
  it('a password does not go round it, the link does not need one, and that owner may use his', async () => {
    const own = await scene.addTeam();
    const { id, domains } = await own.connect(idp);
    const user = await own.addMember('of-the-team');
    const keeper = await own.addMember('keeper', { role: 'owner' });
    const required = await own.call('PATCH', '/sso-requirement', {
      domainIds: [domains[0]?.id],
      breakGlassUserId: keeper.id,
    });
    expect(required.status).toBe(200);
    const arrive = async (who: TestUser) => {
      idp.claims = { sub: `required-${who.id}`, email: who.email, email_verified: true };
      const browser = new SsoBrowser(scene.server, from);
      expect((await browser.arrive(id, '')).error).toBe('proof_needed');
      return browser;
    };
    const browser = await arrive(user);
    expect(refusal(await browser.join({ password: PASSWORD }))).toEqual([403, 'sso_required']);
    expect(refusal(await browser.join({ password: 'not the one' }))).toEqual([
      401,
      'invalid_credentials',
    ]);
    expect(await identitiesOf(user.id)).toBe(0);
    const token = await mailedTo(browser, user);
    expect((await browser.join({ token })).status).toBe(201);
    expect((await (await arrive(keeper)).join({ password: PASSWORD })).status).toBe(201);
  });
});

describe('F2: a provider that does not say which addresses are verified', () => {
  it('is believed once an owner says so, with the other owners told, and never against its own word', async () => {
    const own = await scene.addTeam();
    const { id } = await own.connect(idp, { justInTimeRole: 'member' });
    const user = await own.addMember('valerie');
    const other = await scene.server.addUser({ teamId: own.id, role: 'owner' });
    const path = `/sso-connections/${id}`;
    const [shown] = (await own.call('GET', '/sso-connections')).body.data;
    expect(shown.believesEmail).toBe(false);
    const arrive = async (email: string, more = {}) => {
      idp.claims = { sub: `believed-${email}`, email, ...more };
      return (await new SsoBrowser(scene.server, from).arrive(id, '')).error;
    };
    expect(await arrive(user.email)).toBe('email_verification_unknown');

    const silent = await own.call('PATCH', path, { believesEmail: true });
    expect([silent.status, silent.body.code]).toEqual([400, 'invalid_request']);
    expect(silent.body.errors).toMatchObject([{ path: 'reason' }]);
    expect((await own.call('PATCH', path, { believesEmail: false })).status).toBe(200);
    expect(await arrive(user.email)).toBe('email_verification_unknown');

    const reason = 'Administrators alone set addresses there.';
    const changed = await own.call('PATCH', path, { believesEmail: true, reason });
    expect([changed.status, changed.body.believesEmail]).toEqual([200, true]);
    // What is on already is not asked about again.
    expect((await own.call('PATCH', path, { believesEmail: true })).status).toBe(200);
    const { rows } = await scene.server.db.query(
      `SELECT before->'believesEmail' AS before, after->'believesEmail' AS after, reason FROM audit_events
       WHERE type = 'sso.connection_changed' AND team_id = $1 AND before->'believesEmail' <> after->'believesEmail'`,
      [own.id],
    );
    expect(rows).toEqual([{ before: false, after: true, reason }]);
    const told = async () => (await mailsTo(other.email)).map(({ text }) => text).join();
    await expect.poll(told, { timeout: 10_000 }).toContain('Its email addresses are believed');
    expect(await told()).toContain(`Reason given: ${reason}`);

    expect(await arrive(user.email)).toBe('proof_needed');
    expect(await identitiesOf(user.id)).toBe(0);
    expect(await arrive(user.email, { email_verified: false })).toBe('email_not_verified');
    // What is believed confirms nothing.
    const created = `new@${own.domain}`;
    expect(await arrive(created)).toBeNull();
    expect(await count('users WHERE email = $1 AND email_confirmed_at IS NULL', [created])).toBe(1);
    const verified = `verified@${own.domain}`;
    expect(await arrive(verified, { email_verified: true })).toBeNull();
    expect(
      await count('users WHERE email = $1 AND email_confirmed_at IS NOT NULL', [verified]),
    ).toBe(1);
  });

  it('is told so by a test, which joins nobody', async () => {
    const owner = new SsoBrowser(scene.server, HOME);
    owner.sessionToken = team.owner.token;
    const test = async () => {
      const url = await owner.begin(provider.id, { purpose: 'test' });
      const { page } = await owner.authenticate(url, '');
      expect(ticketOf(page.url)).not.toBe('');
      return (await owner.complete(page.url)).body.test.outcome;
    };
    claim(member.email, {});
    expect(await test()).toBe('email_verification_unknown');
    claim(member.email);
    expect(await test()).toBe('join');
    expect(refusal(await owner.join({ password: PASSWORD }))).toEqual([403, 'expired']);
    expect(await identitiesOf(member.id)).toBe(0);
  });
});
