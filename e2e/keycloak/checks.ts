import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { type Provider, SsoBrowser, type SsoScene, type SsoTeam } from '../support/sso-scene';
import type { Page } from '../support/test-browser';
import { CAFE, HOME, type TestUser, THIEF } from '../support/test-server';
import { type Keycloak, OIDC_CLIENT } from './keycloak';
import type { Report } from './report';

/** One run: our server, the provider, and the team that uses it. */
export type Run = { scene: SsoScene; team: SsoTeam; keycloak: Keycloak; report: Report };

/** Somebody whom `realm.json` knows. */
type Person = { username: string; user: TestUser };

/** Keycloak's own pages, whose forms are plain HTML. */
class Browser extends SsoBrowser {
  /** Goes to Keycloak, signs in where it asks, and comes back. */
  async signIn(url: string, username: string): Promise<{ page: Page; wasAsked: boolean }> {
    const first = await this.visit(url);
    const wasAsked = first.text.includes('name="password"');
    const fields = { username, password: `the password of ${username}` };
    const page = wasAsked ? await this.submit(first, fields) : first;
    return { page: await this.passOn(page), wasAsked };
  }

  /** Signs out at Keycloak, which asks whether to. */
  async signOut(url: string): Promise<Page> {
    return this.passOn(await this.submit(await this.visit(url), { confirmLogout: 'Logout' }));
  }

  /** Sends the form that a script would send: SAML's answer, or its request. */
  private async passOn(page: Page): Promise<Page> {
    return page.text.includes('name="SAML') ? this.submit(page) : page;
  }

  /** A log-in. @returns its token */
  async enter(providerId: string, username: string): Promise<{ token: string; wasAsked: boolean }> {
    const { page, wasAsked } = await this.signIn(await this.begin(providerId), username);
    requireCompletion(page);
    const { token, error } = await this.proveIfAsked(await this.completeLogIn(page.url));
    assert(token, `the log-in was refused: ${error}`);
    return { token, wasAsked };
  }
}

export async function checkOidc({ scene, team, keycloak, report }: Run): Promise<void> {
  report.begin('OpenID Connect');
  const provider = await report.check('a provider is made by discovery', async () => {
    const body = { kind: 'oidc', name: 'Keycloak', issuer: keycloak.issuer, ...OIDC_CLIENT };
    const made: Provider = await create(team, body);
    await team.prove(made.id, 'oidc.harbour.example');
    return made;
  });
  await report.check('Keycloak takes the addresses that it must be told', () => {
    const { redirectUrl = '', backChannelLogOutUrl = '' } = provider.endpoints;
    return keycloak.setUpOidc({ redirectUrl, backChannelLogOutUrl });
  });
  await checkBoth({ scene, team, keycloak, report }, provider, [
    { username: 'valerie', user: await memberOf(scene, team, 'valerie@oidc.harbour.example') },
    { username: 'oskar', user: await memberOf(scene, team, 'oskar@oidc.harbour.example') },
  ]);
}

export async function checkSaml({ scene, team, keycloak, report }: Run): Promise<void> {
  report.begin('SAML');
  const provider = await report.check('a provider is made from the metadata', async () => {
    const { metadataUrl } = keycloak;
    const body = { kind: 'saml', name: 'Keycloak', metadataUrl, believesEmail: true };
    const made: Provider = await create(team, body);
    await team.prove(made.id, 'saml.harbour.example');
    return made;
  });
  const { entityId = '', metadataUrl = '' } = provider.endpoints;
  const taken = await report.check('Keycloak imports a client from our metadata', async () => {
    const { status, text } = await scene.server.get(`/${new URL(metadataUrl).pathname}`);
    assert.equal(status, 200, text);
    return keycloak.importSaml(text);
  });
  await report.check('it wants signed requests, signs, and encrypts', async () => {
    const wanted = ['saml.client.signature', 'saml.assertion.signature', 'saml.encrypt'];
    for (const name of wanted) assert.equal(taken[name], 'true', `${name} is ${taken[name]}`);
  });
  const people: [Person, Person] = [
    { username: 'samuel', user: await memberOf(scene, team, 'samuel@saml.harbour.example') },
    { username: 'sandra', user: await memberOf(scene, team, 'sandra@saml.harbour.example') },
  ];
  const [{ username }] = people;
  const logsIn = async (attributes: Record<string, string>) => {
    await keycloak.changeClient(entityId, attributes);
    await new Browser(scene.server).enter(provider.id, username);
  };
  await report.attempt('log-in with the client as it was imported', () => logsIn({}));
  for (const content of ['aes256-gcm', 'aes128-gcm', 'aes256-cbc', 'aes128-cbc']) {
    const family = content.endsWith('gcm') ? '2009/xmlenc11#' : '2001/04/xmlenc#';
    const algorithm = `http://www.w3.org/${family}${content}`;
    await report.attempt(`log-in with an assertion encrypted by ${content}`, () =>
      logsIn({ 'saml.encryption.algorithm': algorithm }),
    );
  }
  await report.attempt('log-in with an assertion that is not encrypted', () =>
    logsIn({ 'saml.encrypt': 'false' }),
  );
  await keycloak.changeClient(entityId, {
    'saml.encrypt': 'true',
    'saml.encryption.algorithm': '',
  });
  await checkBoth({ scene, team, keycloak, report }, provider, people);
}

/** What must hold whichever protocol is spoken. */
async function checkBoth(
  { scene, team, keycloak, report }: Run,
  provider: Provider,
  [person, other]: [Person, Person],
): Promise<void> {
  const { server } = scene;
  const computerId = await server.addComputer(team.id);
  const connect = (token: string, from: string) =>
    server.post(`/computers/${computerId}/connections`, { from, token, body: {} });
  const prompt = async (token: string, from: string) => {
    const { status, body } = await connect(token, from);
    assert.equal(status, 403);
    assert.equal(body.code, 'ip_verification_required');
    return body.challenge.id as string;
  };
  const statusOf = async (challengeId: string) =>
    (await server.get(`/challenges/${challengeId}`)).body.status;
  const newBrowser = (from = HOME) => new Browser(server, from);

  await report.attempt('“Test provider” shows what Keycloak says, and stores nothing', async () => {
    const browser = newBrowser();
    browser.sessionToken = team.owner.token;
    const url = await browser.begin(provider.id, { purpose: 'test' });
    const { page } = await browser.signIn(url, other.username);
    requireCompletion(page);
    const { body } = await browser.complete(page.url);
    const { email, outcome, isFresh } = body.test ?? {};
    assert.deepEqual(
      { email, outcome, isFresh },
      { email: other.user.email, outcome: 'join', isFresh: true },
    );
    const stored = await server.count('sso_identities WHERE user_id = $1', [other.user.id]);
    assert.equal(stored, 0);
  });

  const browser = newBrowser();
  const first = await report.check('log-in: Keycloak asks, the member is known', async () => {
    const { token, wasAsked } = await browser.enter(provider.id, person.username);
    assert(wasAsked, 'Keycloak did not ask');
    const { body } = await server.get('/me', { token });
    assert.equal(body.user.id, person.user.id);
    assert.equal((await connect(token, HOME)).status, 201);
    return token;
  });
  const token = await report.check('a later log-in goes through Keycloak’s session', async () => {
    const again = await browser.enter(provider.id, person.username);
    assert(!again.wasAsked, 'Keycloak asked again');
    assert.notEqual(again.token, first);
    return again.token;
  });

  await report.attempt(
    'forced re-authentication: Keycloak asks in spite of its session',
    async () => {
      assert.equal((await connect(token, THIEF)).status, 403);
      await prompt(token, CAFE);
      browser.from = CAFE;
      const url = await browser.begin(provider.id, { purpose: 'verify' });
      const { page, wasAsked } = await browser.signIn(url, person.username);
      assert(wasAsked, 'Keycloak did not ask');
      requireCompletion(page);
      const { status, text, body } = await browser.complete(page.url);
      assert.equal(status, 200, text);
      assert.equal(body.verifiedIp.address, CAFE);
    },
  );
  const present = browser.sessionToken ?? '';
  await report.attempt('her session goes on from there; the stolen copy is dead', async () => {
    assert.equal((await connect(present, CAFE)).status, 201);
    assert.equal((await connect(token, THIEF)).status, 401);
  });

  await report.attempt('forced re-authentication where Keycloak has no session', async () => {
    const there = '203.0.113.77';
    const challengeId = await prompt(present, there);
    const system = newBrowser(there);
    const url = await system.begin(provider.id, { purpose: 'verify', challengeId });
    const { page, wasAsked } = await system.signIn(url, person.username);
    assert(wasAsked, 'Keycloak did not ask');
    requireCompletion(page);
    const { status, text } = await system.complete(page.url);
    assert.equal(status, 200, text);
    assert.equal(await statusOf(challengeId), 'verified');
  });

  const elsewhere = newBrowser();
  await report.attempt('another member logs in', () =>
    elsewhere.enter(provider.id, other.username),
  );
  await report.attempt('wrong user at the prompt: nothing is verified', async () => {
    const there = '203.0.113.78';
    const challengeId = await prompt(present, there);
    const system = newBrowser(there);
    const url = await system.begin(provider.id, { purpose: 'verify', challengeId });
    const { page } = await system.signIn(url, other.username);
    requireCompletion(page);
    const { status, body } = await system.complete(page.url);
    assert.equal(body?.reason, 'other_account', `answered ${status}`);
    assert.equal(await statusOf(challengeId), 'pending');
    assert.equal((await connect(present, there)).status, 403);
  });

  const { entityId } = provider.endpoints;
  const isAlive = async (of: string) => (await server.get('/me', { token: of })).status === 200;
  const logsOut = (how: string) =>
    report.attempt(`log-out at Keycloak, by the person${how}: the session ends here`, async () => {
      const mine = newBrowser();
      const entered = await mine.enter(provider.id, person.username);
      assert(await isAlive(entered.token));
      const page = await mine.signOut(keycloak.logOutUrl);
      await ends(entered.token, `Keycloak’s page: ${page.status} ${page.url}`);
      assert(await isAlive(present), 'a session that Keycloak did not name has ended too');
    });
  if (entityId !== undefined) {
    await keycloak.setFrontChannelLogOut(entityId, true);
    await logsOut(' (front channel)');
    await keycloak.setFrontChannelLogOut(entityId, false);
  }
  await logsOut(' (back channel)');
  await report.attempt('log-out at Keycloak, by its administrator: all sessions end', async () => {
    await keycloak.logOut(person.username);
    await ends(present, 'Keycloak has logged the user out');
  });

  /** Waits for the end of a session, of which Keycloak tells us beside its own answer. */
  async function ends(of: string, said: string): Promise<void> {
    const end = Date.now() + 10_000;
    while (await isAlive(of)) {
      assert(Date.now() < end, `the session lives on (${said})`);
      await delay(100);
    }
  }
}

async function memberOf(scene: SsoScene, team: SsoTeam, email: string): Promise<TestUser> {
  const user = await scene.server.addUser({ teamId: team.id, at: null, hasPassword: false });
  await scene.server.db.query('UPDATE users SET email = $2 WHERE id = $1', [user.id, email]);
  return { ...user, email };
}

async function create(team: SsoTeam, body: unknown): Promise<Provider> {
  const answer = await team.call('POST', '/sso-connections', body);
  assert.equal(answer.status, 201, answer.text);
  return answer.body;
}

/** That the browser was sent to where a good answer leads. */
function requireCompletion({ url, status, text }: Page): void {
  if (new URL(url).pathname === '/sso/complete') return;
  const said = /class="[^"]*(?:error|feedback)[^"]*"[^>]*>\s*([^<]+)/i.exec(text)?.[1] ?? '';
  assert.fail(`the browser stands at ${url} (${status}) ${said}`.trim());
}
