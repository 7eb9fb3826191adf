import { createPublicKey, randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { CAFE, codeOf, PASSWORD, type TestUser, THIEF } from '../support/harness';
import { encode, type Json, newKey, RogueIdp } from '../support/idp/rogue-oidc-idp';
import {
  type Provider,
  reasonOf,
  SsoBrowser,
  SsoScene,
  type SsoTeam,
  ticketOf,
} from '../support/sso-scene';
import { byOutcome } from '../support/tables';

/** A provider that does one thing wrong, or somebody between it and us: nothing may come of it. */

let scene: SsoScene;
let idp: RogueIdp;
let team: SsoTeam;
let provider: Provider;
let member: TestUser;
/** What the provider says of the member. */
let good: Json;

beforeAll(async () => {
  [scene, idp] = await Promise.all([SsoScene.begin(), RogueIdp.start()]);
  team = await scene.addTeam();
  provider = await team.connect(idp);
  member = await team.addMember('valerie');
  good = {
    sub: 'valerie-at-the-provider',
    email: member.email,
    email_verified: true,
    sid: 'sid-1',
  };
  await team.know(provider.id, member.id, 'valerie-at-the-provider');
  idp.claims = { ...good };
});
afterEach(() => {
  idp.reset();
  idp.claims = { ...good };
});
afterAll(async () => {
  await scene.stop();
  await idp.stop();
});

const count = (sql: string, values: unknown[] = []) => scene.server.count(sql, values);
const state = async () => [
  await count('sessions'),
  await count('users'),
  await count('sso_identities'),
  await count('verified_ips'),
  await count('sso_flows WHERE result IS NOT NULL'),
];

/** Begins a log-in, and takes what the provider sends back to the call-back. @returns where it leads */
async function callBack(browser = new SsoBrowser(scene.server)): Promise<string> {
  const { page } = await browser.authenticate(await browser.begin(provider.id), '');
  return page.url;
}

/** A log-in that must come to nothing, within the time that a provider is given. */
async function refused(reason = 'invalid_response'): Promise<void> {
  const before = await state();
  expect(reasonOf(await callBack())).toBe(reason);
  expect(await state()).toEqual(before);
}

const seconds = () => Math.floor(Date.now() / 1_000);
const withClaims = (change: Json) => {
  idp.token = ({ header, claims }) => ({ header, claims: { ...claims, ...change } });
};
const withHeader = (change: Json) => {
  idp.token = ({ header, claims }) => ({ header: { ...header, ...change }, claims });
};

it('the provider without a fault logs in: what is refused below is refused for its fault', async () => {
  const browser = new SsoBrowser(scene.server);
  const { token } = await browser.completeLogIn(await callBack(browser));
  expect((await scene.server.get('/me', { token: token ?? '' })).body.user.id).toBe(member.id);
});

describe('the ID token', () => {
  it.each<[string, (jwt: string) => string]>([
    ['OIDC-8 one bit of its signature flipped', (jwt) => flipped(jwt)],
    ['OIDC-8 its signature cut off', (jwt) => jwt.slice(0, jwt.lastIndexOf('.') + 1)],
    ['OIDC-8 no third part', (jwt) => jwt.slice(0, jwt.lastIndexOf('.'))],
    ['OIDC-8 other claims under the signature', (jwt) => swapped(jwt, { sub: 'somebody-else' })],
    ['OIDC-10 alg none', (jwt) => unsigned(jwt, 'none')],
    ['OIDC-10 alg nOnE', (jwt) => unsigned(jwt, 'nOnE')],
    ['OIDC-10 alg empty', (jwt) => unsigned(jwt, '')],
    ['no JWT at all', () => 'not a token'],
    ['empty', () => ''],
    ['OIDC-25 of a megabyte', (jwt) => swapped(jwt, { filler: 'a'.repeat(1_000_000) })],
  ])('%s', async (_what, change) => {
    idp.signed = change;
    await refused();
  });

  it('OIDC-8 signed by another key with the same kid', async () => {
    const { privateKey } = await newKey('key-1');
    idp.signed = (jwt) => idp.sign(parse(jwt), privateKey);
    await refused();
  });

  it('OIDC-9 with a kid that is not announced is refused after one look at the keys', async () => {
    withHeader({ kid: 'key-unknown' });
    const before = idp.asked['/jwks'] ?? 0;
    await refused();
    expect((idp.asked['/jwks'] ?? 0) - before).toBe(1);
  });

  it('OIDC-9 without a kid is accepted with one key, and refused with several', async () => {
    withHeader({ kid: undefined });
    expect(await callBack()).toContain('/sso/complete');
    const { jwk } = await newKey('key-2');
    idp.keys = (keys) => [jwk, ...keys];
    await refused();
  });

  it('OIDC-11 HS256 with the public key as the secret', async () => {
    const key = createPublicKey(idp.privateKey);
    const pems = [
      key.export({ type: 'spki', format: 'pem' }),
      key.export({ type: 'pkcs1', format: 'pem' }),
      JSON.stringify(idp.publicJwk),
    ].map(String);
    for (const pem of pems) {
      idp.signed = (jwt) => {
        const { header, claims } = parse(jwt);
        return idp.sign({ header: { ...header, alg: 'HS256' }, claims }, pem);
      };
      await refused();
    }
  });

  it('OIDC-12 by an algorithm that is not the provider’s', async () => {
    for (const alg of ['HS256', 'RS384', 'PS256', 'ES256']) {
      withHeader({ alg });
      await refused();
    }
  });

  it('OIDC-26 with a key of the attacker’s in its header', async () => {
    const { privateKey, jwk } = await newKey('key-1');
    for (const header of [
      { jwk },
      { jku: `${idp.issuer}/evil-jwks` },
      { x5u: `${idp.issuer}/evil.pem` },
      { x5c: ['MIIB'] },
    ]) {
      idp.signed = (jwt) => {
        const token = parse(jwt);
        return idp.sign({ ...token, header: { ...token.header, ...header } }, privateKey);
      };
      await refused();
    }
    expect(idp.asked).not.toHaveProperty('/evil-jwks');
    expect(idp.asked).not.toHaveProperty('/evil.pem');
  });

  it.each<[string, () => Json]>([
    ['of another issuer', () => ({ iss: 'https://accounts.example.com' })],
    ['of no issuer', () => ({ iss: undefined })],
    ['for another client', () => ({ aud: 'another-client' })],
    ['for nobody', () => ({ aud: undefined })],
    [
      'OIDC-15 for two, presented by the other',
      () => ({ aud: [clientId(), 'other'], azp: 'other' }),
    ],
    ['OIDC-15 for two, without azp', () => ({ aud: [clientId(), 'other'] })],
    ['presented by another', () => ({ azp: 'other' })],
    ['OIDC-13 without the nonce', () => ({ nonce: undefined })],
    ['OIDC-13 with another nonce', () => ({ nonce: 'n'.repeat(43) })],
    ['OIDC-16 without iat', () => ({ iat: undefined })],
    ['OIDC-16 a week old', () => ({ iat: seconds() - 7 * 86_400 })],
    ['of the future', () => ({ iat: seconds() + 3_600 })],
    ['OIDC-17 expired', () => ({ exp: seconds() - 61 })],
    ['that never expires', () => ({ exp: undefined })],
    ['OIDC-17 not yet valid', () => ({ nbf: seconds() + 120 })],
    ['with a text for its end', () => ({ exp: '9999999999' })],
    ['OIDC-18 of nobody', () => ({ sub: undefined })],
    ['OIDC-18 of an empty subject', () => ({ sub: '' })],
    ['OIDC-18 of a number', () => ({ sub: 7 })],
    ['OIDC-18 of a list', () => ({ sub: ['valerie-at-the-provider'] })],
    ['OIDC-18 of 256 characters', () => ({ sub: 's'.repeat(256) })],
    ['of a subject with a NUL', () => ({ sub: 'valerie\0' })],
  ])('%s', async (_what, change) => {
    withClaims(change());
    await refused();
  });

  it.each(
    Object.entries<() => Json>({
      'with the word of Cognito and Apple for a verified address': () => ({
        email_verified: 'true',
      }),
      'good from in half a minute on': () => ({ nbf: seconds() + 30 }),
      'P10 with 500 groups': () => ({
        groups: Array.from({ length: 500 }, (_, i) => `cn=group ${i},ou=example,dc=example,dc=com`),
      }),
      'OIDC-25 with 5,000 claims': () =>
        Object.fromEntries(Array.from({ length: 5_000 }, (_, i) => [`c${i}`, i])),
      'with null for what it does not know': () => ({ name: null, auth_time: null, sid: null }),
    }),
  )('P12: %s is taken', async (_what, change) => {
    withClaims(change());
    const browser = new SsoBrowser(scene.server);
    const { token } = await browser.completeLogIn(await callBack(browser));
    expect((await scene.server.get('/me', { token: token ?? '' })).body.user.id).toBe(member.id);
    const { rows } = await scene.server.db.query(
      'SELECT max(length(result::text)) AS longest FROM sso_flows',
    );
    expect(rows[0].longest).toBeLessThan(20_000);
  });

  it('OIDC-13 with the nonce of an older log-in', async () => {
    await new SsoBrowser(scene.server).begin(provider.id);
    const old = await new SsoBrowser(scene.server).visit(
      await new SsoBrowser(scene.server).begin(provider.id),
    );
    expect(new URL(old.url).pathname).toBe('/sso/failed');
    withClaims({ nonce: idp.requests.at(-1)?.get('nonce') });
    await refused();
  });
});

describe('what else the provider answers', () => {
  it('OIDC-19 userinfo of another subject', async () => {
    const { sub } = good;
    idp.claims = { sub };
    idp.userinfo = () => ({ ...good, sub: 'somebody-else' });
    await refused();
    idp.userinfo = () => ({ ...good, sub: undefined });
    await refused();
    idp.userinfo = () => ({ ...good });
    expect(await callBack()).toContain('/sso/complete');
  });

  it('userinfo overwrites nothing that the ID token says', async () => {
    idp.claims = { sub: good.sub };
    idp.userinfo = () => ({ ...good, iss: 'https://evil.test', auth_time: 1, aud: 'x' });
    const { rows } = await scene.server.db
      .query('SELECT 1')
      .then(() => callBack())
      .then(() =>
        scene.server.db.query(
          'SELECT result FROM sso_flows WHERE result IS NOT NULL ORDER BY created_at DESC LIMIT 1',
        ),
      );
    expect(rows[0].result.claims).toMatchObject({ iss: idp.issuer, email: member.email });
    expect(Date.now() - Date.parse(rows[0].result.authenticatedAt)).toBeLessThan(60_000);
  });

  it.each([
    ['wrong', { iss: 'https://accounts.example.com' }],
    ['missing, though it is announced', { iss: undefined }],
  ])('OIDC-6 an iss parameter that is %s', async (_what, change) => {
    idp.answer = (params) => without({ ...params, ...change });
    await refused();
  });

  it.each<[string, Record<string, string | undefined>]>([
    ['OIDC-1 no state', { state: undefined }],
    ['another state', { state: 's'.repeat(43) }],
    ['no code', { code: undefined }],
    ['a made-up code', { code: 'c'.repeat(43) }],
  ])('%s', async (_what, change) => {
    idp.answer = (params) => without({ ...params, ...change });
    await refused();
  });

  it('tokens in the address: there is no implicit flow', async () => {
    const now = seconds();
    idp.answer = ({ state = '', iss = '' }) => {
      const nonce = idp.requests.at(-1)?.get('nonce');
      const claims = { iss: idp.issuer, aud: clientId(), iat: now, exp: now + 300, nonce, ...good };
      const id_token = idp.sign({ header: { alg: 'RS256', kid: 'key-1' }, claims });
      return { state, iss, id_token };
    };
    await refused();
    const jarm = idp.sign({ header: { alg: 'RS256', kid: 'key-1' }, claims: { iss: idp.issuer } });
    idp.answer = () => ({ response: jarm });
    await refused();
  });

  it.each([
    ['access_denied', 'cancelled'],
    ['server_error', 'provider_refused'],
    ['<script>alert(1)</script>', 'provider_refused'],
  ])('OIDC-22 the error %j is reflected nowhere', async (error, reason) => {
    idp.answer = ({ state = '', iss = '' }) => ({
      error,
      error_description: `<script>alert(1)</script>${'x'.repeat(10_000)}`,
      state,
      iss,
    });
    const url = await callBack();
    expect(reasonOf(url)).toBe(reason);
    expect(url).not.toMatch(/script|alert|xxx/);
    expect(scene.server.log).not.toContain('x'.repeat(1_000));
  });

  it.each([
    ['GET', 'callback/{id}', 404],
    ['POST', 'callback/{id}', 404],
    ['GET', 'signin/{id}', 405],
    ['POST', 'signin/{id}?prompt=none', 400],
    ['POST', 'signin/{id}?scope=offline_access', 400],
    ['POST', 'signin/{id}/more', 404],
  ])('%s /api/auth/%s without its flow starts and ends nothing', async (method, path, status) => {
    const browser = new SsoBrowser(scene.server);
    const before = await state();
    const answer = await browser.call(method, `/api/auth/${path.replace('{id}', provider.id)}`);
    if (method === 'GET' && path.startsWith('callback')) {
      expect(answer.status).toBe(303);
      expect(answer.headers.location).toBe('/sso/failed?reason=other_browser');
    } else expect(answer.status).toBe(status);
    expect(await state()).toEqual(before);
  });
});

describe('OIDC-5 a code', () => {
  it('that a provider takes 20 times at once is one session', async () => {
    const browser = new SsoBrowser(scene.server);
    const asked = await browser.load(await browser.begin(provider.id));
    const callback = asked.headers.get('location') ?? '';
    const pages = await Promise.all(Array.from({ length: 20 }, () => browser.load(callback)));
    const ends = pages.map(({ headers }) => headers.get('location') ?? '');
    const completed = ends.filter((end) => end.startsWith('/sso/complete'));
    expect(completed).toHaveLength(1);
    expect(new Set(ends.filter((end) => !completed.includes(end)))).toEqual(
      new Set(['/sso/failed?reason=expired']),
    );
    const before = await count('sessions');
    const ticket = ticketOf(new URL(completed[0] ?? '', scene.server.origin).href);
    await Promise.all(
      Array.from({ length: 20 }, () => browser.postAuth('callback/sso', { ticket })),
    );
    expect(await count('sessions')).toBe(before + 1);
  });
});

describe('a provider that is', () => {
  const down = { status: 500, body: 'Oops' };
  it.each(
    byOutcome<Partial<RogueIdp['faults']>>({
      provider_unreachable: {
        'OIDC-23 silent for its keys': { jwks: 'silent' },
        'OIDC-23 without keys': { jwks: down },
        'silent for the code': { token: 'silent' },
        'broken for the code': { token: down },
        down: { discovery: down },
        'silent for userinfo': { userinfo: 'silent' },
      },
      invalid_response: {
        'OIDC-23 sending a page for its keys': {
          jwks: { status: 200, body: '<html>', type: 'text/html' },
        },
        'OIDC-23 sending 10 MB for its keys': {
          jwks: { status: 200, body: `{"keys":[],"a":"${'a'.repeat(10_000_000)}"}` },
        },
      },
    }),
  )('%s: a clear message, and nothing is done', async (_what, faults, reason) => {
    const browser = new SsoBrowser(scene.server);
    if (faults.userinfo) idp.claims = { sub: good.sub };
    const url = await browser.begin(provider.id);
    const before = await state();
    idp.faults = faults;
    const { page } = await browser.authenticate(url, '');
    expect(reasonOf(page.url)).toBe(reason);
    expect(await state()).toEqual(before);
  });

  it('down when a flow begins: 502, and password users do not notice', async () => {
    idp.faults.discovery = down;
    const browser = new SsoBrowser(scene.server);
    expect((await browser.startFlow(provider.id)).status).toBe(201);
    const answer = await browser.postAuth(`signin/${provider.id}`, { callbackUrl: '/' });
    expect(codeOf(answer)).toEqual([502, 'provider_unavailable']);
    const byPassword = await scene.server.logIn({ email: member.email, password: PASSWORD });
    expect(byPassword.status).toBe(201);
  });

  it('using a new key, with the old one still announced', async () => {
    const { privateKey, jwk } = await newKey('key-2');
    idp.keys = (keys) => [...keys, jwk];
    idp.signed = (jwt) => {
      const { header, claims } = parse(jwt);
      return idp.sign({ header: { ...header, kid: 'key-2' }, claims }, privateKey);
    };
    expect(await callBack()).toContain('/sso/complete');
  });
});

describe('VER-10 re-authentication with an auth_time', () => {
  /** A member who is signed in at home, whose browser is at a café now. */
  async function atCafe() {
    const browser = new SsoBrowser(scene.server);
    const done = await browser.logIn(provider.id, '');
    if (done.token === null) throw new Error(`no log-in: ${done.error}`);
    browser.from = CAFE;
    const begin = () => browser.begin(provider.id, { purpose: 'verify' });
    return { browser, token: done.token, begin };
  }

  it.each<[string, () => unknown]>([
    ['an hour old', () => seconds() - 3_600],
    ['a little older than the skew', () => seconds() - 75],
    ['missing', () => undefined],
    ['a text', () => String(seconds())],
    ['of the future', () => seconds() + 600],
    ['−1', () => -1],
    ['0', () => 0],
    ['1e308', () => 1e308],
    ['in milliseconds', () => Date.now()],
    ['with a fraction', () => seconds() + 0.5],
    ['null', () => null],
    ['a list', () => [seconds()]],
    ['true', () => true],
  ])('%s records nothing', async (_what, authTime) => {
    const { browser, token, begin } = await atCafe();
    withClaims({ auth_time: authTime() });
    const { page } = await browser.authenticate(await begin(), '');
    const before = await count('verified_ips');
    const done = await browser.complete(page.url);
    expect(done.body).toMatchObject({ code: 'sso_refused', reason: 'not_fresh' });
    expect(done.headers['set-cookie']).toBeUndefined();
    expect(await count('verified_ips')).toBe(before);
    expect((await scene.server.get('/me', { token })).status).toBe(200);
    const gated = await browser.call('POST', '/api/v1/friends', {
      json: { email: 'a@example.com' },
    });
    expect(gated.body.code).toBe('ip_verification_required');
  });

  it('within the skew passes; a stale one passes where an owner has allowed it', async () => {
    withClaims({ auth_time: seconds() - 30 });
    const first = await atCafe();
    const { page } = await first.browser.authenticate(await first.begin(), '');
    expect((await first.browser.complete(page.url)).status).toBe(200);
    await scene.server.db.query('DELETE FROM verified_ips WHERE network = $1', [`${CAFE}/32`]);

    const allow = (acceptsStaleLogIn: boolean) =>
      team.call('PATCH', `/sso-connections/${provider.id}`, {
        acceptsStaleLogIn,
        reason: 'A test',
      });
    await allow(true);
    withClaims({ auth_time: undefined });
    const second = await atCafe();
    const stale = await second.browser.authenticate(await second.begin(), '');
    expect((await second.browser.complete(stale.page.url)).status).toBe(200);
    await allow(false);
    await scene.server.db.query('DELETE FROM verified_ips WHERE network = $1', [`${CAFE}/32`]);
  });

  it('asks with prompt=login and max_age=0, and a log-in asks for neither', async () => {
    const { browser, begin } = await atCafe();
    expect(idp.requests.at(-1)?.has('prompt')).toBe(false);
    expect(idp.requests.at(-1)?.has('max_age')).toBe(false);
    await browser.load(await begin());
    const asked = idp.requests.at(-1);
    expect([asked?.get('prompt'), asked?.get('max_age')]).toEqual(['login', '0']);
    expect(asked?.get('response_type')).toBe('code');
    expect(asked?.get('code_challenge_method')).toBe('S256');
  });

  it('VER-9 whose answer comes from another network records neither', async () => {
    const { browser, begin } = await atCafe();
    const url = await begin();
    browser.from = THIEF;
    const { page } = await browser.authenticate(url, '');
    const before = await count('verified_ips');
    expect((await browser.complete(page.url)).body.reason).toBe('network_changed');
    expect(await count('verified_ips')).toBe(before);
  });
});

describe('back-channel log-out', () => {
  const EVENT = 'http://schemas.openid.net/event/backchannel-logout';
  const claims = (change: Json = {}): Json => ({
    iss: idp.issuer,
    aud: clientId(),
    iat: seconds(),
    exp: seconds() + 120,
    jti: randomBytes(12).toString('hex'),
    sub: good.sub,
    sid: good.sid,
    events: { [EVENT]: {} },
    ...change,
  });
  const sign = (change?: Json) =>
    idp.sign({ header: { alg: 'RS256', kid: 'key-1', typ: 'logout+jwt' }, claims: claims(change) });
  const post = (logout_token: string, id = provider.id) =>
    scene.server.call('POST', `/sso-connections/${id}/back-channel-log-out`, {
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      raw: new URLSearchParams({ logout_token }).toString(),
    });
  const signedIn = async (change: Json = {}) => {
    idp.claims = { ...good, ...change };
    const { token } = await new SsoBrowser(scene.server).logIn(provider.id, '');
    return { status: async () => (await scene.server.get('/me', { token: token ?? '' })).status };
  };

  it('ends the sessions of the subject and the provider’s session that it names', async () => {
    const named = await signedIn();
    const other = await signedIn({ sid: 'sid-2' });
    expect((await post(sign())).status).toBe(204);
    expect([await named.status(), await other.status()]).toEqual([401, 200]);
    expect((await post(sign({ sid: undefined }))).status).toBe(204);
    expect(await other.status()).toBe(401);
    const third = await signedIn({ sid: 'sid-3' });
    expect((await post(sign({ sub: undefined, sid: 'sid-3' }))).status).toBe(204);
    expect(await third.status()).toBe(401);
  });

  it.each<[string, Json]>([
    ['for another audience', { aud: 'another-client' }],
    ['of another issuer', { iss: 'https://accounts.example.com' }],
    ['with a nonce', { nonce: 'n' }],
    ['without the event', { events: undefined }],
    ['with another event', { events: { 'https://example.com/event': {} } }],
    ['of nobody', { sub: undefined, sid: undefined }],
    ['without an identifier', { jti: undefined }],
    ['expired', { exp: 1 }],
    ['an hour old', { iat: 1_600_000_000, exp: undefined }],
  ])('a token %s ends nothing', async (_what, change) => {
    const session = await signedIn();
    const answer = await post(sign(change));
    expect(codeOf(answer)).toEqual([400, 'invalid_request']);
    expect(await session.status()).toBe(200);
  });

  it('a forged, unsigned or other token ends nothing', async () => {
    const session = await signedIn();
    const { privateKey } = await newKey('key-1');
    const header = { alg: 'RS256', kid: 'key-1' };
    for (const token of [
      idp.sign({ header, claims: claims() }, privateKey),
      `${encode({ alg: 'none' })}.${encode(claims())}.`,
      idp.sign({ header: { alg: 'HS256' }, claims: claims() }, JSON.stringify(idp.publicJwk)),
      flipped(sign()),
      'nothing',
    ]) {
      expect((await post(token)).status).toBe(400);
    }
    expect((await post('')).status).toBe(400);
    expect((await post(sign(), 'sso_nobody')).status).toBe(404);
    expect(await session.status()).toBe(200);
  });

  it('F21: a token that comes again ends nothing', async () => {
    const first = await signedIn();
    const token = sign();
    expect((await post(token)).status).toBe(204);
    expect(await first.status()).toBe(401);
    const next = await signedIn();
    const again = await post(token);
    expect(codeOf(again)).toEqual([400, 'invalid_request']);
    expect(await next.status()).toBe(200);
    // Of ten at once one counts.
    const once = sign();
    const answers = await Promise.all(Array.from({ length: 10 }, () => post(once)));
    expect(answers.filter(({ status }) => status === 204)).toHaveLength(1);
    expect(await next.status()).toBe(401);
  });

  it('of another provider ends nothing here', async () => {
    const session = await signedIn();
    const other = await (await scene.addTeam()).connect(idp);
    expect((await post(sign(), other.id)).status).toBe(400);
    expect(await session.status()).toBe(200);
  });
});

it('ADM-3 the log of all this holds no token, ticket, code or secret', () => {
  expect(scene.server.findLeakedSecrets()).toEqual([]);
  expect(scene.server.log).not.toMatch(/code_verifier|eyJ|an access token/);
  expect(scene.server.log).not.toContain(member.email);
});

/** By which we are known at the provider. */
function clientId(): string {
  return idp.requests.at(-1)?.get('client_id') ?? knownClient;
}
let knownClient = '';
beforeAll(async () => {
  const listed = await team.call('GET', '/sso-connections');
  knownClient = listed.body.data[0].settings.clientId;
});

function parse(jwt: string): { header: Json; claims: Json } {
  const [header = '', claims = ''] = jwt.split('.');
  const decode = (part: string) => JSON.parse(Buffer.from(part, 'base64url').toString());
  return { header: decode(header), claims: decode(claims) };
}

function flipped(jwt: string): string {
  const at = jwt.lastIndexOf('.') + 1;
  const signature = Buffer.from(jwt.slice(at), 'base64url');
  signature[10] = (signature[10] ?? 0) ^ 1;
  return jwt.slice(0, at) + signature.toString('base64url');
}

/** Other claims, with the signature of the ones before. */
function swapped(jwt: string, change: Json): string {
  const [header, , signature] = jwt.split('.');
  return `${header}.${encode({ ...parse(jwt).claims, ...change })}.${signature}`;
}

function unsigned(jwt: string, alg: string): string {
  const { header, claims } = parse(jwt);
  return `${encode({ ...header, alg })}.${encode(claims)}.`;
}

function without(params: Record<string, string | undefined>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(params).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}
