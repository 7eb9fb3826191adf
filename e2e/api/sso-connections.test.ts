import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { codeOf, PASSWORD, TestServer, THIEF } from '../support/harness';
import { type Json, RogueIdp } from '../support/idp/rogue-oidc-idp';
import { SamlIdp } from '../support/idp/saml-idp';
import { newClient, SsoBrowser, SsoScene, type SsoTeam } from '../support/sso-scene';

/** Connections and their domains, and what a typed address may not reach. */

let scene: SsoScene;
let idp: RogueIdp;
let saml: SamlIdp;
let team: SsoTeam;
/** Stands where no request of ours may come, and counts the connections that do. */
let trap: Server;
let trapped = 0;

beforeAll(async () => {
  trap = createServer((_request, response) => response.end('{}')).listen(0, '127.0.0.2');
  trap.on('connection', () => trapped++);
  await once(trap, 'listening');
  [scene, idp, saml] = await Promise.all([SsoScene.begin(), RogueIdp.start(), SamlIdp.start([])]);
  team = await scene.addTeam();
});
afterEach(() => idp.reset());
afterAll(async () => {
  await scene.stop();
  await idp.stop();
  await saml.stop();
  trap.close();
});

const oidc = (more: Json = {}) => ({
  kind: 'oidc',
  name: 'Example provider',
  issuer: idp.issuer,
  ...newClient(),
  ...more,
});
const add = (body: unknown, to = team) => to.call('POST', '/sso-connections', body);
const change = (id: string, body: unknown) => team.call('PATCH', `/sso-connections/${id}`, body);
const providers = () => scene.server.count('sso_connections');

describe('before a provider is added', () => {
  // What stands here is not the next part's, nor what its owner has asked.
  afterAll(async () => {
    team = await scene.addTeam();
  });
  const reserve = (of = team) => of.call('POST', '/sso-reservations', {});
  const check = (body: unknown, by = team) => by.call('POST', '/sso-checks', body);

  it('an id that was not reserved for the team is refused, and nothing is stored', async () => {
    const before = await providers();
    const other = await scene.addTeam();
    const { id } = (await reserve()).body;
    const foreign = (await reserve(other)).body.id;
    const end = id.endsWith('A') ? 'Q' : 'A';
    const ids = [
      foreign,
      `sso_${'A'.repeat(43)}`,
      `${id.slice(0, -1)}${end}`,
      `${id}A`,
      'sso_',
      'x',
    ];
    for (const wrong of ids) {
      const answer = await add(oidc({ id: wrong }));
      expect(codeOf(answer), wrong).toEqual([400, 'invalid_request']);
      expect(answer.body.errors[0].path).toBe('id');
    }
    expect(await providers()).toBe(before);
  });

  it('what it must be told is known, is what stands then, and is used once', async () => {
    const reserved = await reserve();
    expect(reserved.status).toBe(201);
    const { id, endpoints } = reserved.body;
    const added = await add(oidc({ id }));
    expect(added.status).toBe(201);
    expect(added.body).toMatchObject({ id, endpoints: endpoints.oidc });
    expect(codeOf(await add(oidc({ id })))).toEqual([409, 'conflict']);
    const ofSaml = (await reserve()).body;
    const body = { kind: 'saml', name: 'SAML', metadata: saml.metadata(), id: ofSaml.id };
    expect((await add(body)).body.endpoints).toEqual(ofSaml.endpoints.saml);
    const shown = await team.call('GET', `/sso-connections/${id}`);
    expect(shown.body).toEqual(added.body);
  });

  it('what is wrong with it is a result, and nothing is stored', async () => {
    const before = [await providers(), trapped];
    const { port } = trap.address() as AddressInfo;
    const nowhere = `${idp.issuer}/nothing-there`;
    for (const [issuer, finding, text] of [
      [
        nowhere,
        'reachable',
        `No OpenID configuration at ${nowhere}/.well-known/openid-configuration`,
      ],
      [`http://127.0.0.2:${port}`, 'reachable', 'Not a public https address'],
      ['https://no-such-name.example', 'reachable', '(host not found)'],
      ['login.example.com', 'description', 'Did you mean https://login.example.com?'],
    ] as const) {
      const { status, body } = await check({ kind: 'oidc', issuer });
      expect([status, body.isUsable, body.findings.length]).toEqual([200, false, 1]);
      expect(body.findings[0]).toMatchObject({ finding, isWell: false });
      expect(body.findings[0].text).toContain(text);
    }
    const good = await check({ kind: 'oidc', issuer: idp.issuer });
    expect(good.body).toMatchObject({
      isUsable: true,
      findings: [
        { finding: 'reachable' },
        { finding: 'issuer' },
        { finding: 'pkce' },
        { finding: 'fresh' },
      ],
    });
    const ofSaml = await check({ kind: 'saml', metadata: saml.metadata() });
    expect(ofSaml.body).toMatchObject({ isUsable: true });
    expect(ofSaml.text).toContain(saml.entityId);
    expect((await check({ kind: 'saml', metadata: '<a/>' })).body.isUsable).toBe(false);
    // As long as what may be saved.
    const long = saml.metadata().replace('?>', `?><!-- ${'a'.repeat(100_000)} -->`);
    expect((await check({ kind: 'saml', metadata: long })).status).toBe(200);
    expect([await providers(), trapped]).toEqual(before);
  });

  it('C25: added as off, it changes nobody’s sign-in until it is switched on, and says for how many', async () => {
    const { id } = (await add(oidc({ enabled: false }))).body;
    const domain = `off-${id
      .slice(4, 12)
      .toLowerCase()
      .replace(/[^a-z0-9]/g, 'x')}.example`;
    const member = await scene.server.addUser({ teamId: team.id });
    await scene.server.db.query('UPDATE users SET email = $2 WHERE id = $1', [
      member.id,
      `valerie@${domain}`,
    ]);
    // In no team of this owner’s: nobody is told of him.
    const stranger = await scene.server.addUser();
    await scene.server.db.query('UPDATE users SET email = $2 WHERE id = $1', [
      stranger.id,
      `somebody@${domain}`,
    ]);
    await scene.server.db.query(
      `INSERT INTO sso_domains (team_id, connection_id, domain, proof, proven_at)
       VALUES ($1, $2, $3, 'proof', gatehouse_now())`,
      [team.id, id, domain],
    );
    const method = async () =>
      (await scene.server.post('/log-in-methods', { body: { email: `valerie@${domain}` } })).body
        .method;
    expect(await method()).toBe('password');
    const shown = await team.call('GET', `/sso-connections/${id}`);
    expect(shown.body).toMatchObject({ enabled: false, members: 1 });
    await change(id, { enabled: true });
    expect(await method()).toBe('sso');
  });
});

describe('a provider', () => {
  it('is added, shown, changed and removed, and each is audited', async () => {
    const body = oidc({ justInTimeRole: 'member' });
    const added = await add(body);
    expect(added.status).toBe(201);
    const { id } = added.body;
    expect(added.body).toMatchObject({
      name: 'Example provider',
      enabled: true,
      settings: {
        kind: 'oidc',
        issuer: idp.issuer,
        clientId: body.clientId,
        scopes: 'openid email profile',
        signingAlgorithm: 'RS256',
        tokenAuthMethod: 'client_secret_post',
      },
      justInTimeRole: 'member',
      acceptsStaleLogIn: false,
      domains: [],
      endpoints: { redirectUrl: `${scene.server.origin}/api/auth/callback/${id}` },
      warnings: [expect.stringContaining('No domain is proven')],
    });
    const changed = await change(id, { name: 'Another name', enabled: false });
    expect(changed.body).toMatchObject({ name: 'Another name', enabled: false });
    const listed = await team.call('GET', '/sso-connections');
    expect(listed.body.data).toEqual([changed.body]);
    expect((await team.call('DELETE', `/sso-connections/${id}`)).status).toBe(204);
    expect((await team.call('GET', '/sso-connections')).body.data).toEqual([]);
    const { rows } = await scene.server.db.query(
      `SELECT type FROM audit_events WHERE team_id = $1 AND type LIKE 'sso.%' ORDER BY at, id`,
      [team.id],
    );
    expect(rows.map(({ type }) => type)).toEqual([
      'sso.connection_added',
      'sso.connection_changed',
      'sso.connection_removed',
    ]);
  });

  it('keeps its secret sealed for its own row, and nobody is told it', async () => {
    const body = oidc();
    const { id } = (await add(body)).body;
    const { rows } = await scene.server.db.query(
      'SELECT sealed_secret, settings::text FROM sso_connections WHERE id = $1',
      [id],
    );
    expect(rows[0].sealed_secret).toMatch(/^v1\.[\w-]+$/);
    expect(JSON.stringify(rows)).not.toContain(body.clientSecret);
    const shown = await team.call('GET', '/sso-connections');
    expect(shown.text).not.toContain(body.clientSecret);
    expect(shown.text).not.toContain(rows[0].sealed_secret);
    const events = await scene.server.db.query('SELECT e::text FROM audit_events e');
    expect(JSON.stringify(events.rows)).not.toContain(body.clientSecret);
  });

  it('does not open a secret that was moved from another row', async () => {
    const [mine, other] = [(await add(oidc())).body.id, (await add(oidc())).body.id];
    await scene.server.db.query(
      `UPDATE sso_connections SET sealed_secret =
         (SELECT sealed_secret FROM sso_connections WHERE id = $2) WHERE id = $1`,
      [mine, other],
    );
    const browser = new SsoBrowser(scene.server);
    await browser.startFlow(mine);
    const answer = await browser.postAuth(`signin/${mine}`, { callbackUrl: '/' });
    expect(codeOf(answer)).toEqual([500, 'internal_error']);
    expect(answer.text).not.toMatch(/seal|secret/i);
  });

  it('hides our SAML key, and tells our metadata to anybody', async () => {
    const { body } = await add({ kind: 'saml', name: 'SAML', metadata: saml.metadata() });
    expect(body.settings).toMatchObject({
      kind: 'saml',
      idpEntityId: saml.entityId,
      ssoUrl: saml.ssoUrl,
      sloUrl: saml.sloUrl,
      wantsSignedResponse: false,
      allowsIdpInitiated: false,
    });
    expect(JSON.stringify(body)).not.toContain('PRIVATE KEY');
    const { pathname } = new URL(body.endpoints.metadataUrl);
    const metadata = await scene.server.get(`/${pathname}`);
    expect(metadata.headers['content-type']).toBe('application/samlmetadata+xml');
    expect(metadata.text).toContain(body.endpoints.acsUrl);
    expect(metadata.text).not.toContain('PRIVATE KEY');
    const oidcId = (await add(oidc())).body.id;
    for (const id of ['sso_nobody', oidcId]) {
      const answer = await scene.server.get(`/sso-connections/${id}/saml/metadata`);
      expect(codeOf(answer)).toEqual([404, 'not_found']);
    }
  });

  it('takes nothing that belongs to the other kind', async () => {
    const oidcId = (await add(oidc())).body.id;
    const samlId = (await add({ kind: 'saml', name: 'SAML', metadata: saml.metadata() })).body.id;
    expect(codeOf(await change(oidcId, { ssoUrl: saml.ssoUrl }))).toEqual([400, 'invalid_request']);
    // It would have taken the place of our private key.
    expect(codeOf(await change(samlId, { clientSecret: 'another' }))).toEqual([
      400,
      'invalid_request',
    ]);
  });

  it('believes a provider that does not ask again for a reason alone, which is audited', async () => {
    const { id } = (await add(oidc())).body;
    expect(codeOf(await change(id, { acceptsStaleLogIn: true }))).toEqual([400, 'invalid_request']);
    expect(codeOf(await change(id, { reason: 'why not' }))).toEqual([400, 'invalid_request']);
    const reason = 'Our provider knows no prompt=login.';
    const changed = await change(id, { acceptsStaleLogIn: true, reason });
    expect(changed.body.acceptsStaleLogIn).toBe(true);
    expect(
      await scene.server.count(
        `audit_events WHERE type = 'sso.connection_changed' AND reason = $1
         AND after->>'acceptsStaleLogIn' = 'true'`,
        [reason],
      ),
    ).toBe(1);
  });

  it('with another issuer needs that one’s secret: the present one is not for it', async () => {
    const other = await RogueIdp.start();
    const { id } = (await add(oidc())).body;
    const refused = await change(id, { issuer: other.issuer });
    expect(refused.body).toMatchObject({
      code: 'invalid_request',
      errors: [{ path: 'clientSecret' }],
    });
    expect(other.asked).toEqual({});
    const changed = await change(id, {
      issuer: other.issuer,
      clientSecret: 'of the other one',
      replacesProvider: true,
    });
    expect(changed.body.settings.issuer).toBe(other.issuer);
    await other.stop();
  });

  it('with another issuer knows nobody any more, and ends the sessions of the one before', async () => {
    const other = await RogueIdp.start();
    const own = await scene.addTeam();
    const provider = await own.connect(idp, { justInTimeRole: 'member' });
    idp.claims = { sub: 'somebody', email: `somebody@${own.domain}`, email_verified: true };
    const { token } = await new SsoBrowser(scene.server).logIn(provider.id, '');
    expect((await scene.server.get('/me', { token: token ?? '' })).status).toBe(200);
    const changed = await own.call('PATCH', `/sso-connections/${provider.id}`, {
      issuer: other.issuer,
      clientSecret: 'of the other one',
      replacesProvider: true,
    });
    expect(changed.status).toBe(200);
    expect(await scene.server.count('sso_identities WHERE connection_id = $1', [provider.id])).toBe(
      0,
    );
    expect((await scene.server.get('/me', { token: token ?? '' })).status).toBe(401);
    await other.stop();
  });

  it('that is removed ends the sessions it began', async () => {
    const own = await scene.addTeam();
    const provider = await own.connect(idp, { justInTimeRole: 'member' });
    idp.claims = { sub: 'somebody', email: `somebody@${own.domain}`, email_verified: true };
    const { token } = await new SsoBrowser(scene.server).logIn(provider.id, '');
    expect((await own.call('DELETE', `/sso-connections/${provider.id}`)).status).toBe(204);
    expect((await scene.server.get('/me', { token: token ?? '' })).status).toBe(401);
  });

  it('of another team is none of this one’s', async () => {
    const { id } = (await add(oidc())).body;
    const other = await scene.addTeam();
    for (const [method, path, body] of [
      ['PATCH', `/sso-connections/${id}`, { name: 'Mine' }],
      ['DELETE', `/sso-connections/${id}`, undefined],
      ['POST', `/sso-connections/${id}/domains`, { domain: 'mine.example.org' }],
    ] as const) {
      expect(codeOf(await other.call(method, path, body))).toEqual([404, 'not_found']);
    }
  });

  it('is added by nobody from an unverified network', async () => {
    const before = await providers();
    const answer = await scene.server.post(`/teams/${team.id}/sso-connections`, {
      token: team.owner.token,
      from: THIEF,
      body: oidc(),
    });
    expect(codeOf(answer)).toEqual([403, 'ip_verification_required']);
    expect(await providers()).toBe(before);
  });

  it('is tried a limited number of times: our server asks what was typed', async () => {
    const own = await scene.addTeam();
    const ask = async () => codeOf(await add(oidc({ issuer: 'https://10.0.0.1' }), own));
    for (let i = 0; i < 60; i++) expect(await ask()).toEqual([400, 'url_not_allowed']);
    expect(await ask()).toEqual([429, 'too_many_requests']);
  });
});

describe('what a provider says of itself', () => {
  const refusedAs = async (status: number, code: string) => {
    const before = await providers();
    const answer = await add(oidc());
    expect(codeOf(answer)).toEqual([status, code]);
    expect(await providers()).toBe(before);
    return answer;
  };

  it.each<[string, Json]>([
    ['no issuer', { issuer: undefined }],
    ['a number for an endpoint', { token_endpoint: 7 }],
    ['no keys', { jwks_uri: undefined }],
    ['OIDC-10 no algorithm but none', { id_token_signing_alg_values_supported: ['none'] }],
    ['OIDC-11 shared secrets alone', { id_token_signing_alg_values_supported: ['HS256'] }],
    ['no client secret', { token_endpoint_auth_methods_supported: ['private_key_jwt'] }],
    ['another issuer', { issuer: 'https://accounts.example.com' }],
  ])('%s: 400 invalid_request', async (_what, members) => {
    idp.discovery = (document) => ({ ...document, ...members });
    await refusedAs(400, 'invalid_request');
  });

  it.each<[string, RogueIdp['faults']['discovery']]>([
    ['a page', { status: 200, body: '<!doctype html><title>Hello</title>', type: 'text/html' }],
    ['a list', { status: 200, body: '[]' }],
  ])('%s: 400 invalid_request', async (_what, fault) => {
    idp.faults.discovery = fault ?? 'silent';
    await refusedAs(400, 'invalid_request');
  });

  it.each<[string, RogueIdp['faults']['discovery']]>([
    ['404', { status: 404, body: '{}' }],
    ['500', { status: 500, body: '{}' }],
    ['SSRF-19 more than 512 KiB', { status: 200, body: `{"a":"${'a'.repeat(600_000)}"}` }],
    ['SSRF-18 nothing at all', 'silent'],
  ])('%s: 502 provider_unavailable', async (_what, fault) => {
    idp.faults.discovery = fault ?? 'silent';
    await refusedAs(502, 'provider_unavailable');
  });

  it('SSRF-22 at a host that may stand inside, a closed port and a wrong answer look alike', async () => {
    idp.faults.discovery = { status: 404, body: '{}' };
    const answers: unknown[] = [];
    for (const issuer of [idp.issuer, 'http://127.0.0.1:9']) {
      const { status, text } = await add(oidc({ issuer }));
      expect(status).toBe(502);
      answers.push({ ...JSON.parse(text.replaceAll(issuer, 'ISSUER')), requestId: '' });
    }
    expect(answers[1]).toEqual(answers[0]);
  });

  it('a redirect is not followed', async () => {
    const { port } = trap.address() as AddressInfo;
    const before = trapped;
    const redirecting = createServer((_request, response) => {
      response.writeHead(302, { location: `http://127.0.0.2:${port}/` }).end();
    }).listen(0, '127.0.0.1');
    await once(redirecting, 'listening');
    const issuer = `http://127.0.0.1:${(redirecting.address() as AddressInfo).port}`;
    expect(codeOf(await add(oidc({ issuer })))).toEqual([502, 'provider_unavailable']);
    expect(trapped).toBe(before);
    redirecting.close();
  });

  it('metadata of no provider, of two, with a DTD or entities is refused', async () => {
    const before = await providers();
    const good = saml.metadata();
    const inner = good.slice(good.indexOf('<md:EntityDescriptor'));
    const doctype = '<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]>';
    for (const metadata of [
      '',
      '<a/>',
      'not XML',
      good.replaceAll('IDPSSODescriptor', 'SPSSODescriptor'),
      `<md:EntitiesDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata">${inner}${inner}</md:EntitiesDescriptor>`,
      good.replace(/<ds:X509Certificate>[^<]*/, '<ds:X509Certificate>AAAA'),
      doctype + inner,
    ]) {
      const answer = await add({ kind: 'saml', name: 'SAML', metadata });
      expect(codeOf(answer), metadata.slice(0, 80)).toEqual([400, 'invalid_request']);
      expect(answer.text).not.toContain('root:');
    }
    expect(await providers()).toBe(before);
  });

  it('C9: an issuer is compared as it is, and what is none is not asked', async () => {
    const before = { ...idp.asked };
    for (const [issuer, cure] of [
      [`${idp.issuer}/.well-known/openid-configuration`, `before: ${idp.issuer}`],
      [`${idp.issuer}/?tenant=1`, 'no ?'],
      [`${idp.issuer}/#a`, 'no ?'],
      [`${idp.issuer}/a/../`, '/../'],
      [idp.issuer.replace('http://', ''), 'whole address'],
    ] as const) {
      const answer = await add(oidc({ issuer }));
      expect(codeOf(answer), issuer).toEqual([400, 'invalid_request']);
      expect(answer.body.detail).toContain(cure);
    }
    expect(idp.asked).toEqual(before);
    const slash = await add(oidc({ issuer: `${idp.issuer}/` }));
    expect(codeOf(slash)).toEqual([400, 'invalid_request']);
    expect(slash.body.detail).toContain(`calls itself ${idp.issuer}. Enter exactly that.`);
  });

  it('P12: one that can’t be told to ask for a password is told what it knows, and its owner what it proves', async () => {
    const own = await scene.addTeam();
    idp.discovery = (document) => ({
      ...document,
      prompt_values_supported: ['none', 'consent', 'select_account'],
    });
    const provider = await own.connect(idp, { justInTimeRole: 'member' });
    const shown = async () => (await own.call('GET', '/sso-connections')).body.data[0];
    expect(await shown()).toMatchObject({
      settings: { promptAgain: 'select_account' },
      warnings: [expect.stringContaining('ask for a password again')],
    });
    idp.claims = { sub: 'somebody', email: `somebody@${own.domain}`, email_verified: true };
    const browser = new SsoBrowser(scene.server);
    expect((await browser.logIn(provider.id, '')).error).toBeNull();
    const url = new URL(await browser.begin(provider.id, { purpose: 'verify' }));
    expect(url.searchParams.get('prompt')).toBe('select_account');
    expect(url.searchParams.get('max_age')).toBe('0');
    // Without a fresh instant it proves nothing, as with any.
    idp.token = ({ header, claims }) => ({ header, claims: { ...claims, auth_time: undefined } });
    const { page } = await browser.authenticate(url.href, '');
    expect((await browser.complete(page.url)).body.reason).toBe('not_fresh');
    await own.call('PATCH', `/sso-connections/${provider.id}`, {
      acceptsStaleLogIn: true,
      reason: 'It knows no more.',
    });
    expect((await shown()).warnings).toEqual([]);
  });

  it('P11: one for all tenants, which no token will name, is told so', async () => {
    const issuer = 'https://login.example.com/{tenantid}/v2.0';
    idp.discovery = (document) => ({ ...document, issuer });
    const answer = await refusedAs(400, 'invalid_request');
    expect(answer.body.detail).toContain('your own tenant');
  });

  it('P9: metadata of several providers, with the one that is meant; P11: what is wrong, in words', async () => {
    const inner = saml.metadata().slice(saml.metadata().indexOf('<md:EntityDescriptor'));
    const other = inner.replaceAll(saml.entityId, 'https://other.example.com');
    const metadata = `<md:EntitiesDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata">${inner}${other}</md:EntitiesDescriptor>`;
    const refused = await add({ kind: 'saml', name: 'SAML', metadata });
    expect(refused.body.detail).toContain('several identity providers');
    const idpEntityId = 'https://other.example.com';
    const added = await add({ kind: 'saml', name: 'SAML', metadata, idpEntityId });
    expect(added.body.settings).toMatchObject({ idpEntityId });
    const wrong = await add({ kind: 'saml', name: 'SAML', metadata: inner, idpEntityId });
    expect(wrong.body).toMatchObject({ errors: [{ path: 'idpEntityId' }] });
  });

  it('scopes need openid, and a SAML provider its certificate', async () => {
    expect(codeOf(await add(oidc({ scopes: 'email profile' })))).toEqual([400, 'invalid_request']);
    const typed = {
      kind: 'saml',
      name: 'SAML',
      idpEntityId: saml.entityId,
      ssoUrl: 'https://idp.example.com/sso',
    };
    expect(codeOf(await add(typed))).toEqual([400, 'invalid_request']);
    expect(codeOf(await add({ ...typed, certificates: ['no certificate'] }))).toEqual([
      400,
      'invalid_request',
    ]);
    expect((await add({ ...typed, certificates: saml.certificates })).status).toBe(201);
  });
});

/** Ways to say an address that our server must not ask. */
const FORBIDDEN: [row: string, url: string][] = [
  ['SSRF-1', 'http://169.254.169.254/latest/meta-data/'],
  ['SSRF-2', 'https://169.254.169.254/'],
  ['SSRF-3', 'http://127.0.0.2:5432/'],
  ['SSRF-4', 'http://localhost/'],
  ['SSRF-5', 'https://[::1]/'],
  ['SSRF-6', 'https://[::ffff:169.254.169.254]/'],
  ['SSRF-8', 'https://0/'],
  ['SSRF-8', 'https://0x7f000002/'],
  ['SSRF-8', 'https://017700000002/'],
  ['SSRF-8', 'https://127.2/'],
  ['SSRF-8', 'https://2130706434/'],
  ['SSRF-9', 'https://１２７.０.０.２/'],
  ['SSRF-10', 'https://accounts.example@127.0.0.2/'],
  ['SSRF-16', 'file:///etc/passwd'],
  ['SSRF-16', 'gopher://x'],
  ['SSRF-16', 'data:application/json,{}'],
  ['SSRF-16', 'ftp://x'],
  ['SSRF-16', 'blob:https://x/1'],
  ['SSRF-17', 'https://idp.example:22/'],
  ['SSRF-17', 'https://idp.example:6379/'],
  ['SSRF-20', 'https://metadata.google.internal/'],
  ['SSRF-20', 'https://[fd00:ec2::254]/'],
  ['SSRF-23', 'https://192.168.1.9/'],
];

describe('an address that may not be asked', () => {
  let owner: SsoTeam;
  beforeAll(async () => {
    owner = await scene.addTeam();
  });
  const refused = async (body: unknown) => {
    const before = [await providers(), trapped];
    const answer = await add(body, owner);
    expect(codeOf(answer)).toEqual([400, 'url_not_allowed']);
    expect([await providers(), trapped]).toEqual(before);
  };

  it.each(FORBIDDEN)('%s %s is refused as an issuer', async (_row, issuer) => {
    await refused(oidc({ issuer }));
  });

  describe('SSRF-15 in a description', () => {
    it.each(['token_endpoint', 'jwks_uri', 'userinfo_endpoint'])('as %s', async (name) => {
      // A team for each: what one owner may try is limited.
      owner = await scene.addTeam();
      for (const [, url] of FORBIDDEN) {
        idp.discovery = (document) => ({ ...document, [name]: url });
        await refused(oidc());
      }
    });
  });

  it('in SAML, in each of its fields', async () => {
    owner = await scene.addTeam();
    const typed = {
      kind: 'saml',
      name: 'SAML',
      idpEntityId: saml.entityId,
      ssoUrl: 'https://idp.example.com/sso',
      certificates: saml.certificates,
    };
    for (const url of ['https://10.0.0.1/', 'https://[::1]/', 'https://0x7f.2/']) {
      await refused({ kind: 'saml', name: 'SAML', metadataUrl: url });
    }
    for (const url of ['http://idp.example.com/', 'file:///etc/passwd', 'https://a@b.example/']) {
      await refused({ ...typed, ssoUrl: url });
      await refused({ ...typed, sloUrl: url });
    }
  });

  it('P9: that only browsers visit may be inside, and at any port; our server never asks it', async () => {
    owner = await scene.addTeam();
    const { port } = trap.address() as AddressInfo;
    const before = trapped;
    for (const url of [`https://127.0.0.2:${port}/sso`, 'https://sso.corp.internal:8443/sso']) {
      const metadata = saml.metadata().replaceAll(saml.ssoUrl, url).replaceAll(saml.sloUrl, url);
      const added = await add({ kind: 'saml', name: 'SAML', metadata }, owner);
      expect(added.body.settings).toMatchObject({ ssoUrl: url, sloUrl: url });
      idp.discovery = (document) => ({ ...document, authorization_endpoint: url });
      expect((await add(oidc(), owner)).status).toBe(201);
    }
    for (const url of ['javascript:alert(1)', 'http://idp.example.com/auth', 'data:text/html,']) {
      idp.discovery = (document) => ({ ...document, authorization_endpoint: url });
      await refused(oidc());
    }
    // What nothing is done with is not judged.
    const unused = { end_session_endpoint: 'http://169.254.169.254/', op_tos_uri: 'x', acr: null };
    idp.discovery = (document) => ({ ...document, ...unused, userinfo_endpoint: null });
    expect((await add(oidc(), owner)).status).toBe(201);
    expect(trapped).toBe(before);
  });

  it.each([
    ['scheme', 'http://idp.example.com', 'https://'],
    ['port', 'https://idp.example.com:8443', 'port'],
    ['host', 'https://idp.corp.internal', 'inside'],
  ])('P11: by its %s is told so', async (_, issuer, cause) => {
    owner = await scene.addTeam();
    const answer = await add(oidc({ issuer }), owner);
    expect(codeOf(answer)).toEqual([400, 'url_not_allowed']);
    expect(answer.body.detail).toContain(cause);
  });

  it('is refused in a change too', async () => {
    owner = await scene.addTeam();
    const own = (await add(oidc(), owner)).body.id;
    const theirs = (await add({ kind: 'saml', name: 'SAML', metadata: saml.metadata() }, owner))
      .body.id;
    const url = 'https://169.254.169.254/';
    for (const [id, body] of [
      [own, { issuer: url, clientSecret: 'a secret' }],
      [theirs, { metadataUrl: url }],
      [theirs, { ssoUrl: 'http://idp.example.com/' }],
      [theirs, { sloUrl: 'javascript:alert(1)' }],
    ] as const) {
      const answer = await owner.call('PATCH', `/sso-connections/${id}`, body);
      expect(codeOf(answer)).toEqual([400, 'url_not_allowed']);
    }
  });

  it('SSRF-4 SSRF-23 is this machine itself, unless the operator listed it', async () => {
    const strict = await TestServer.start();
    const teamId = await strict.addTeam();
    const { token } = await strict.addUser({ teamId, role: 'owner' });
    const before = Object.values(idp.asked).length;
    const { port } = new URL(idp.issuer);
    for (const issuer of [
      idp.issuer,
      `https://localhost:${port}`,
      'https://localhost/',
      `https://127.0.0.1:${port}/`,
    ]) {
      const answer = await strict.post(`/teams/${teamId}/sso-connections`, {
        token,
        body: oidc({ issuer }),
      });
      expect(codeOf(answer)).toEqual([400, 'url_not_allowed']);
    }
    expect(Object.values(idp.asked).length).toBe(before);
    await strict.stop();
  });

  it('SSRF-15 is refused too when a good provider says it later', async () => {
    const own = await scene.addTeam();
    const provider = await own.connect(idp);
    const { port } = trap.address() as AddressInfo;
    const before = trapped;
    for (const name of ['token_endpoint', 'jwks_uri', 'userinfo_endpoint']) {
      idp.reset();
      const browser = new SsoBrowser(scene.server);
      const url = await browser.begin(provider.id);
      idp.discovery = (document) => ({ ...document, [name]: `http://127.0.0.2:${port}/` });
      const { page } = await browser.authenticate(url, '');
      expect(new URL(page.url).pathname).toBe('/sso/failed');
    }
    expect(trapped).toBe(before);
  });
});

describe('a domain', () => {
  const methods = async (email: string) =>
    (await scene.server.post('/log-in-methods', { body: { email } })).body;
  const addDomain = (own: SsoTeam, id: string, domain: string) =>
    own.call('POST', `/sso-connections/${id}/domains`, { domain });
  const prove = (own: SsoTeam, id: string, domainId: string) =>
    own.call('POST', `/sso-connections/${id}/domains/${domainId}/proof`, {});

  it('routes nobody until its record was found, and everybody at it then', async () => {
    const own = await scene.addTeam();
    const { id, name } = (await add(oidc(), own)).body;
    const added = await addDomain(own, id, `  ${own.domain.toUpperCase()} `);
    expect(added.body).toMatchObject({
      domain: own.domain,
      provenAt: null,
      isRequired: false,
      record: { type: 'TXT', name: `_gatehouse-verification.${own.domain}` },
    });
    const email = `nobody@${own.domain}`;
    expect(await methods(email)).toEqual({ method: 'password' });

    const missing = await prove(own, id, added.body.id);
    expect(codeOf(missing)).toEqual([409, 'conflict']);
    expect(scene.dns.asked).toContain(added.body.record.name);
    scene.dns.records.set(added.body.record.name, ['gatehouse-verification=wrong']);
    const wrong = await prove(own, id, added.body.id);
    expect(codeOf(wrong)).toEqual([409, 'conflict']);
    expect(wrong.body.detail).toContain('holds another value');
    expect(await methods(email)).toEqual({ method: 'password' });

    // P15: some DNS panels keep the quotes.
    scene.dns.records.set(added.body.record.name, ['other', `"${added.body.record.value}" `]);
    const proven = await prove(own, id, added.body.id);
    expect(proven.body.provenAt).not.toBeNull();
    expect(await methods(email)).toEqual({ method: 'sso', connection: { id, name } });
    expect(await methods(email.toUpperCase())).toEqual({ method: 'sso', connection: { id, name } });
    // Whether there is such an account is not told, nor is a look-alike led anywhere.
    expect(await methods(`nobody@sub.${own.domain}`)).toEqual({ method: 'password' });
    expect(await methods(`a@${own.domain.replace('e', 'е')}`)).toEqual({ method: 'password' });

    await own.call('PATCH', `/sso-connections/${id}`, { enabled: false });
    expect(await methods(email)).toEqual({ method: 'password' });
    await own.call('PATCH', `/sso-connections/${id}`, { enabled: true });
    await own.call('DELETE', `/sso-connections/${id}/domains/${added.body.id}`);
    expect(await methods(email)).toEqual({ method: 'password' });
  });

  it('is refused beyond a hundred of one team, at whichever provider, until one is removed', async () => {
    const own = await scene.addTeam();
    const { id } = (await add(oidc(), own)).body;
    const other = (await add(oidc(), own)).body;
    const { rows } = await scene.server.db.query(
      `INSERT INTO sso_domains (team_id, connection_id, domain, proof)
       SELECT $1, $2, 'of-many-' || i || '.example.org', 'a proof' FROM generate_series(1, 100) i RETURNING id`,
      [own.id, id],
    );
    for (const providerId of [id, other.id]) {
      const refused = await addDomain(own, providerId, own.domain);
      expect(codeOf(refused)).toEqual([409, 'conflict']);
      expect(refused.body.detail).toContain('100 domains');
    }
    await own.call('DELETE', `/sso-connections/${id}/domains/${rows[0].id}`);
    expect((await addDomain(own, other.id, own.domain)).body).toMatchObject({ domain: own.domain });
  });

  it('is not unproven by DNS that fails: nothing is decided then', async () => {
    const own = await scene.addTeam();
    const { id } = (await add(oidc(), own)).body;
    const added = (await addDomain(own, id, own.domain)).body;
    scene.dns.fails = true;
    const answer = await prove(own, id, added.id);
    scene.dns.fails = false;
    expect(codeOf(answer)).toEqual([503, 'unavailable']);
    expect(answer.headers['retry-after']).toBe('30');
  });

  it('that another team has proven is not to be had; one of its own comes once', async () => {
    const [first, second] = [await scene.addTeam(), await scene.addTeam()];
    const domain = first.domain;
    const mine = (await add(oidc(), first)).body.id;
    const other = (await add(oidc(), second)).body.id;
    const added = (await addDomain(second, other, domain)).body;
    await first.prove(mine, domain);
    scene.dns.records.set(added.record.name, [added.record.value]);
    expect(codeOf(await prove(second, other, added.id))).toEqual([409, 'conflict']);
    expect(await methods(`a@${domain}`)).toMatchObject({ connection: { id: mine } });
    expect(codeOf(await addDomain(first, mine, domain))).toEqual([409, 'conflict']);
  });

  it.each([
    'localhost',
    'a b.example',
    'https://example.com',
    '*.example.com',
    'exa\u200bmple.com',
    'example.com..',
    '',
  ])('%j is none', async (domain) => {
    const { id } = (await team.call('GET', '/sso-connections')).body.data[0];
    expect(codeOf(await addDomain(team, id, domain))).toEqual([400, 'invalid_request']);
  });
});

it.each([
  ['bücher.example', 'xn--bcher-kva.example'],
  ['root.example.', 'root.example'],
  // Another than it looks like, and it reads so.
  ['exаmple.com', 'xn--exmple-4nf.com'],
])('P15: the domain %j is taken as %j', async (text, domain) => {
  const { id } = (await team.call('GET', '/sso-connections')).body.data[0];
  const added = await team.call('POST', `/sso-connections/${id}/domains`, { domain: text });
  expect([added.status, added.body.domain]).toEqual([201, domain]);
  expect(added.body.record.name).toBe(`_gatehouse-verification.${domain}`);
});

describe('requiring single sign-on', () => {
  const require = (own: SsoTeam, domainIds: string[], breakGlassUserId: string | null) =>
    own.call('PATCH', '/sso-requirement', { domainIds, breakGlassUserId });

  it('needs a proven domain of this team, and one owner who keeps the password', async () => {
    const own = await scene.addTeam();
    const { id } = (await add(oidc(), own)).body;
    const unproven = (
      await own.call('POST', `/sso-connections/${id}/domains`, { domain: 'un.example.org' })
    ).body.id;
    const proven = await own.prove(id);
    const { id: member } = await own.addMember('a-member');
    const foreign = await scene.addTeam();
    const foreignDomain = await foreign.prove((await add(oidc(), foreign)).body.id);
    for (const [domainIds, userId] of [
      [[unproven], own.owner.id],
      [[foreignDomain], own.owner.id],
      [[proven], null],
      [[proven], member],
      [[proven], foreign.owner.id],
    ] as const) {
      expect(codeOf(await require(own, [...domainIds], userId))).toEqual([400, 'invalid_request']);
    }
    const required = await require(own, [proven], own.owner.id);
    expect(required.body).toEqual({
      breakGlassUserId: own.owner.id,
      domains: [
        { id: proven, domain: own.domain, connectionName: 'Example provider', isRequired: true },
      ],
    });
    expect((await own.call('GET', '/sso-requirement')).body).toEqual(required.body);
    // That owner stays one, and the provider that it rests on stays.
    const second = await scene.server.addUser({ teamId: own.id, role: 'owner' });
    for (const [method, body] of [
      ['PATCH', { role: 'admin' }],
      ['DELETE', undefined],
    ] as const) {
      const kept = await scene.server.call(method, `/teams/${own.id}/members/${own.owner.id}`, {
        token: second.token,
        ...(body && { body }),
      });
      expect(codeOf(kept)).toEqual([409, 'conflict']);
    }
    expect(codeOf(await require(own, [], member))).toEqual([400, 'invalid_request']);
    expect(codeOf(await own.call('PATCH', `/sso-connections/${id}`, { enabled: false }))).toEqual([
      409,
      'conflict',
    ]);
  });

  it('VER-15 ends password log-in, re-authentication and reset for members, but not for that owner', async () => {
    const own = await scene.addTeam();
    const { server } = scene;
    const provider = (await add(oidc(), own)).body;
    const proven = await own.prove(provider.id);
    const member = await own.addMember('of-the-team');
    const outsider = await server.addUser({ at: null });
    outsider.email = `outsider@${own.domain}`;
    await server.db.query('UPDATE users SET email = $2 WHERE id = $1', [
      outsider.id,
      outsider.email,
    ]);
    await server.db.query('UPDATE users SET email = $2 WHERE id = $1', [
      own.owner.id,
      `owner@${own.domain}`,
    ]);
    const logIn = (email: string) => server.logIn({ email, password: PASSWORD });
    expect((await logIn(member.email)).status).toBe(201);
    const mailedTo = async (email: string) =>
      (await server.mails()).filter(
        ({ to, subject }) => to.includes(email) && subject === 'Choose a new password',
      ).length;
    await require(own, [proven], own.owner.id);
    const before = await server.count('verified_ips WHERE user_id = $1', [member.id]);

    expect(codeOf(await logIn(member.email))).toEqual([403, 'sso_required']);
    expect(codeOf(await server.logIn({ email: member.email, password: 'wrong' }))).toEqual([
      401,
      'invalid_credentials',
    ]);
    const verified = await server.verify(member, { from: THIEF });
    expect(codeOf(verified)).toEqual([403, 'sso_required']);
    const refused = await server.addFriend('friend@example.com', {
      token: member.token,
      from: THIEF,
    });
    expect(refused.body).toMatchObject({ code: 'ip_verification_required', methods: [] });
    const byChallenge = await server.verifyOnPage(refused.body.challenge.id, PASSWORD, THIEF);
    expect(codeOf(byChallenge)).toEqual([403, 'sso_required']);
    const changed = await server.post('/me/password', {
      token: (await server.addSession(member.id)).token,
      body: { currentPassword: PASSWORD, newPassword: 'another good long one' },
    });
    expect([403, 401]).toContain(changed.status);
    expect(await server.count('verified_ips WHERE user_id = $1', [member.id])).toBe(before);

    // Nobody outside of the team is told what it requires.
    expect((await logIn(outsider.email)).status).toBe(201);
    expect((await logIn(`owner@${own.domain}`)).status).toBe(201);
    for (const { email } of [member, outsider]) {
      expect((await server.post('/password-resets', { body: { email } })).status).toBe(202);
    }
    await expect.poll(() => mailedTo(outsider.email), { timeout: 10_000 }).toBe(1);
    expect(await mailedTo(member.email)).toBe(0);

    await require(own, [], null);
    expect((await logIn(member.email)).status).toBe(201);
  });
});

it('ADM-3 the log of all this holds no secret, and no secret stands in an answer', () => {
  expect(scene.server.findLeakedSecrets()).toEqual([]);
  expect(scene.server.log).not.toContain('PRIVATE KEY');
});
