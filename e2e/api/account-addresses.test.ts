import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  CAFE,
  codeOf,
  HOME,
  type TestMail,
  type TestServer,
  type TestUser,
  THIEF,
} from '../support/harness';
import { RogueIdp } from '../support/idp/rogue-oidc-idp';
import { SmtpSink } from '../support/smtp-sink';
import { type Provider, SsoBrowser, SsoScene, type SsoTeam } from '../support/sso-scene';

/**
 * F3: an account made by a token that somebody else has seen is not its address's owner's, until a token
 * that only the mailbox held is used. Told by two servers: one that sends no mail, and one that does.
 */

const MADE_BY_HIM = 'a password that the admin chose';
const MADE_BY_HER = 'a password that nobody else knows';

let idp: RogueIdp;
beforeAll(async () => {
  idp = await RogueIdp.start();
});
afterAll(() => idp.stop());

const invite = (team: SsoTeam, server: TestServer, by: TestUser, email: string, role = 'member') =>
  server.post(`/teams/${team.id}/invites`, { token: by.token, body: { email, role } });
const accept = (server: TestServer, token: string, password: string, from: string) =>
  server.post('/invites/accept', { from, body: { token, name: 'Valerie', password } });
const logIn = (server: TestServer, email: string, password: string, from: string) =>
  server.logIn({ email, password }, { from });
const userOf = async (server: TestServer, email: string) =>
  (
    await server.rows(
      `SELECT id, password_hash IS NOT NULL AS "hasPassword",
         email_confirmed_at IS NOT NULL AS "isConfirmed" FROM users WHERE email = $1`,
      [email],
    )
  )[0];
const trustedOf = async (server: TestServer, id: string) =>
  (await server.networksOf(id)).map(({ network }) => network);

/** The token of the last link in a mail to this address, once there is one. */
async function lastLink(
  mailsTo: (email: string) => TestMail[] | Promise<TestMail[]>,
  email: string,
  path: string,
): Promise<string> {
  const find = async () =>
    (await mailsTo(email)).flatMap(({ text }) =>
      [...text.matchAll(new RegExp(`${path}#(\\S+)`, 'g'))].map(([, token = '']) => token),
    );
  await expect.poll(async () => (await find()).length, { timeout: 10_000 }).toBeGreaterThan(0);
  return (await find()).at(-1) ?? '';
}

/** She comes through the provider for the first time, from the café. */
async function arrive(scene: SsoScene, provider: Provider, email: string) {
  idp.claims = { sub: `subject of ${email}`, email, email_verified: true };
  const browser = new SsoBrowser(scene.server, CAFE);
  const { error } = await browser.arrive(provider.id, '');
  return { browser, error };
}

describe('where no mail goes out', () => {
  let scene: SsoScene;
  let server: TestServer;
  let team: SsoTeam;
  let provider: Provider;
  let admin: TestUser;

  beforeAll(async () => {
    scene = await SsoScene.begin();
    ({ server } = scene);
    team = await scene.addTeam();
    provider = await team.connect(idp);
    admin = await server.addUser({ teamId: team.id, role: 'admin' });
  });
  afterAll(() => scene.stop());

  const mailsTo = async (email: string) => (await server.mails()).filter(({ to }) => to === email);

  it('F3: an admin who accepts his own invitation for her address does not own her account', async () => {
    const email = `valerie@${team.domain}`;
    // His end: he is shown the token, and takes the address.
    const invited = await invite(team, server, admin, email);
    expect(invited.body.url).toBe(`${server.origin}/invite#${invited.body.token}`);
    const his = await accept(server, invited.body.token, MADE_BY_HIM, THIEF);
    expect(his.status).toBe(201);
    const { token, user } = his.body;
    expect(await userOf(server, email)).toEqual({
      id: user.id,
      hasPassword: true,
      isConfirmed: false,
    });
    // He makes a provider know him by it too, with an address that he set there himself.
    await team.know(provider.id, user.id, 'the admin');
    // Her mailbox is told.
    const told = async () => (await mailsTo(email)).map(({ subject }) => subject);
    await expect
      .poll(told, { timeout: 10_000 })
      .toContain('The invitation to Another team was accepted');

    // Her end: she signs in through the company, and proves the address.
    const { browser, error } = await arrive(scene, provider, email);
    expect(error).toBe('proof_needed');
    const page = await browser.call('GET', '/sso/join');
    expect(page.text).toContain('The account starts anew');
    expect((await browser.askJoinMail()).status).toBe(202);
    const joined = await browser.join({ token: await lastLink(mailsTo, email, '/sso/join') });
    expect([joined.status, joined.body.user.id]).toEqual([201, user.id]);
    expect(await userOf(server, email)).toEqual({
      id: user.id,
      hasPassword: false,
      isConfirmed: true,
    });

    // His end again: nothing of it is left.
    expect((await server.get('/me', { token, from: THIEF })).status).toBe(401);
    expect((await logIn(server, email, MADE_BY_HIM, THIEF)).body.code).toBe('invalid_credentials');
    expect(await trustedOf(server, user.id)).toEqual([`${CAFE}/32`]);
    idp.claims = { sub: 'the admin', email, email_verified: true };
    const again = new SsoBrowser(server, THIEF);
    expect((await again.arrive(provider.id, '')).error).toBe('proof_needed');
    expect((await again.join({ password: MADE_BY_HIM })).body.code).toBe('invalid_credentials');

    // Hers: she is in, and stays in.
    const hers = browser.sessionToken ?? '';
    expect((await server.get('/me', { token: hers, from: CAFE })).body.user.email).toBe(email);
    const { rows } = await server.db.query(
      `SELECT after FROM audit_events WHERE type = 'sso.linked' AND actor_id = $1`,
      [user.id],
    );
    expect(rows).toEqual([
      {
        after: {
          connectionId: provider.id,
          name: provider.name,
          isNew: false,
          provenBy: 'mail',
          endedSessions: 1,
          revokedNetworks: 1,
          forgottenIdentities: 1,
          isPasswordRemoved: true,
        },
      },
    ]);
    const mails = async () => (await mailsTo(email)).map(({ text }) => text).join();
    await expect.poll(mails, { timeout: 10_000 }).toContain('Its password no longer works');
  });

  it('F3: nor by having told her the password that he chose', async () => {
    const email = `told@${team.domain}`;
    const { body } = await invite(team, server, admin, email);
    const his = await accept(server, body.token, MADE_BY_HIM, THIEF);
    const { browser } = await arrive(scene, provider, email);
    expect((await browser.join({ password: MADE_BY_HIM })).status).toBe(201);
    expect((await server.get('/me', { token: his.body.token, from: THIEF })).status).toBe(401);
    expect((await logIn(server, email, MADE_BY_HIM, THIEF)).status).toBe(401);
    expect(await trustedOf(server, his.body.user.id)).toEqual([`${CAFE}/32`]);
  });

  it('F3: nor does a later invitation that she accepts make it hers', async () => {
    const email = `invited-twice@${team.domain}`;
    const first = (await invite(team, server, admin, email)).body.token;
    await accept(server, first, MADE_BY_HIM, THIEF);
    const other = await scene.addTeam();
    const second = await invite(other, server, other.owner, email);
    const accepted = await accept(server, second.body.token, MADE_BY_HIM, CAFE);
    expect(accepted.status).toBe(201);
    expect((await userOf(server, email)).isConfirmed).toBe(false);
  });

  it('F3: a link to a new password takes it over: all that he had ends', async () => {
    const email = `takes-over@${team.domain}`;
    const { body } = await invite(team, server, admin, email);
    const his = await accept(server, body.token, MADE_BY_HIM, THIEF);
    await team.know(provider.id, his.body.user.id, 'the admin, once more');
    await server.post('/password-resets', { from: CAFE, body: { email } });
    const reset = await server.post('/password-resets/redeem', {
      from: CAFE,
      body: { token: await lastLink(mailsTo, email, '/reset'), password: MADE_BY_HER },
    });
    expect(reset.status).toBe(204);
    expect(await userOf(server, email)).toMatchObject({ hasPassword: true, isConfirmed: true });
    expect((await server.get('/me', { token: his.body.token, from: THIEF })).status).toBe(401);
    expect(await server.count('sso_identities WHERE user_id = $1', [his.body.user.id])).toBe(0);
    // Confirmed: at her first single sign-on she keeps what is hers.
    const hers = await logIn(server, email, MADE_BY_HER, HOME);
    const { browser } = await arrive(scene, provider, email);
    expect((await browser.join({ password: MADE_BY_HER })).status).toBe(201);
    expect((await server.get('/me', { token: hers.body.token, from: HOME })).status).toBe(200);
    expect((await logIn(server, email, MADE_BY_HER, HOME)).status).toBe(201);
  });

  it('F3: the owner who keeps a password for the day of need keeps it, and nothing else', async () => {
    const own = await scene.addTeam();
    const ownProvider = await own.connect(idp);
    const keeper = await own.addMember('keeper', { role: 'owner', isConfirmed: false, at: HOME });
    const required = await own.call('PATCH', '/sso-requirement', {
      domainIds: [ownProvider.domains[0]?.id],
      breakGlassUserId: keeper.id,
    });
    expect(required.status).toBe(200);
    const { browser } = await arrive(scene, ownProvider, keeper.email);
    expect((await browser.join({ password: keeper.password })).status).toBe(201);
    expect((await server.get('/me', { token: keeper.token })).status).toBe(401);
    expect(await trustedOf(server, keeper.id)).toEqual([`${CAFE}/32`]);
    expect((await logIn(server, keeper.email, keeper.password, CAFE)).status).toBe(201);
  });
});

describe('where mail goes out', () => {
  let mail: SmtpSink;
  let scene: SsoScene;
  let server: TestServer;
  let team: SsoTeam;
  let provider: Provider;
  let admin: TestUser;

  beforeAll(async () => {
    mail = await SmtpSink.start();
    scene = await SsoScene.start({ SMTP_URL: mail.url });
    ({ server } = scene);
    team = await scene.addTeam();
    provider = await team.connect(idp);
    admin = await server.addUser({ teamId: team.id, role: 'admin' });
  });
  afterAll(async () => {
    await scene.stop();
    await mail.stop();
  });
  const mailsTo = (email: string) => mail.to(email);

  it('F3: whoever invites is shown no token: the mailbox alone has it', async () => {
    const email = `nina@${team.domain}`;
    const invited = await invite(team, server, admin, email, 'admin');
    expect(invited.status).toBe(201);
    expect(Object.keys(invited.body)).toEqual(['invite']);
    const token = await lastLink(mailsTo, email, '/invite');
    expect(invited.text).not.toContain(token);
    const listed = await server.get(`/teams/${team.id}/invites`, { token: admin.token });
    expect(listed.text).not.toContain(token);
    const { rows } = await server.db.query(
      `SELECT coalesce(after::text, '') AS after FROM audit_events WHERE team_id = $1`,
      [team.id],
    );
    expect(rows.map(({ after }) => after).join()).not.toContain(token);

    const hers = await accept(server, token, MADE_BY_HER, HOME);
    expect(hers.status).toBe(201);
    expect(await userOf(server, email)).toMatchObject({ hasPassword: true, isConfirmed: true });
    await expect
      .poll(() => mail.to(email).map(({ subject }) => subject), { timeout: 10_000 })
      .toContain('The invitation to Another team was accepted');
    expect(mail.to(email).at(-1)?.text).toContain(HOME);

    // Her own account: she keeps all of it at her first single sign-on.
    const { browser } = await arrive(scene, provider, email);
    expect((await browser.join({ password: MADE_BY_HER })).status).toBe(201);
    expect((await server.get('/me', { token: hers.body.token, from: HOME })).status).toBe(200);
    expect((await logIn(server, email, MADE_BY_HER, HOME)).status).toBe(201);
    expect((await trustedOf(server, hers.body.user.id)).sort()).toEqual([
      `${HOME}/32`,
      `${CAFE}/32`,
    ]);
  });

  it('F3: an invitation that was shown before mail went out confirms nothing', async () => {
    const email = `shown@${team.domain}`;
    await invite(team, server, admin, email);
    const token = await lastLink(mailsTo, email, '/invite');
    await server.db.query('UPDATE invites SET was_shown = true WHERE email = $1', [email]);
    expect((await accept(server, token, MADE_BY_HIM, THIEF)).status).toBe(201);
    expect((await userOf(server, email)).isConfirmed).toBe(false);
  });

  it('F21: no token stands in the path or the query of a link', async () => {
    const email = `links@${team.domain}`;
    await invite(team, server, admin, email);
    const invited = await lastLink(mailsTo, email, '/invite');
    await accept(server, invited, MADE_BY_HER, HOME);
    await server.post('/password-resets', { body: { email } });
    await lastLink(mailsTo, email, '/reset');
    const { browser } = await arrive(scene, provider, email);
    await browser.askJoinMail();
    await lastLink(mailsTo, email, '/sso/join');
    const links = mail.to(email).flatMap(({ text }) => text.match(/https?:\/\/\S+/g) ?? []);
    const secret = links.map((link) => new URL(link)).filter(({ hash }) => hash !== '');
    expect(secret.map(({ pathname }) => pathname)).toEqual(['/invite', '/reset', '/sso/join']);
    for (const { pathname, search, hash } of links.map((link) => new URL(link))) {
      expect(search).toBe('');
      expect(pathname).not.toMatch(/[\w-]{30}/);
      if (hash !== '') expect(hash).toMatch(/^#[\w-]{43}$/);
    }
  });

  it.each([
    ['an invitation', '/invites/lookup', '/invite'],
    ['a reset', '/password-resets/lookup', '/reset'],
  ])(
    'F21: what %s leads to is told to its token alone, and looking changes nothing',
    async (_what, lookup, path) => {
      const email = `looks${path.slice(1)}@${team.domain}`;
      await invite(team, server, admin, email);
      let token = await lastLink(mailsTo, email, '/invite');
      if (path === '/reset') {
        await accept(server, token, MADE_BY_HER, HOME);
        await server.post('/password-resets', { body: { email } });
        token = await lastLink(mailsTo, email, '/reset');
      }
      for (let i = 0; i < 2; i++) {
        const found = await server.post(lookup, { body: { token } });
        expect(found.status).toBe(200);
        expect(found.body).toMatchObject(
          path === '/reset'
            ? { maskedEmail: `l•••••@${team.domain}` }
            : { email, role: 'member', hasAccount: false },
        );
      }
      const wrong = await server.post(lookup, { body: { token: `${token}a` } });
      expect(codeOf(wrong)).toEqual([404, 'not_found']);
      // The page is the same for everybody, and the links of before are looked at no more.
      const old = await server.get(`/${path}/${token}`);
      expect(old.status).toBe(200);
      expect(old.text).toContain('older kind');
      for (const text of [old.text, (await server.get(`/${path}`)).text]) {
        expect(text).not.toContain(email);
        expect(text).not.toContain('Another team');
      }
      expect((await server.post(lookup, { body: { token } })).status).toBe(200);
    },
  );
});
