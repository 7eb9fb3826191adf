import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { CAFE, PASSWORD, TestServer, THIEF } from '../support/harness';
import {
  BILLION_LAUGHS,
  FILE_ENTITY,
  WRAPPINGS,
  WRAPS_RESPONSE,
} from '../support/idp/saml-attacks';
import { newKeys, SamlIdp } from '../support/idp/saml-idp';
import {
  base64,
  logoutRequestXml,
  newId,
  PERSISTENT,
  sign,
  signedQuery,
} from '../support/idp/saml-messages';
import type { Variation } from '../support/idp/saml-scene';
import { postAcs, WrittenIdp } from '../support/idp/written-idp';
import { SamlProtocol } from '../support/sso-protocols';
import { type Provider, reasonOf, SsoBrowser, ticketOf } from '../support/sso-scene';

/** Log-in and re-authentication through a SAML identity provider, and what its endpoints refuse. */

const sso = new SamlProtocol();
const { browserAt, count, makeKnown, makeLinked, makeTeam, me, networksOf, sessionsOf } = sso;
const { statusOf } = sso;
afterEach(() => {
  Object.assign(sso.idp.behaviour, { signs: 'both', encrypts: false });
});

const state = async () => [
  await count('sessions'),
  await count('users'),
  await count('sso_identities'),
  await count('verified_ips'),
  await count('sso_flows WHERE result IS NOT NULL'),
];

describe('a log-in', () => {
  it.each(['assertion', 'both'] as const)(
    'finds the account and records the network, with %s signed',
    async (signs) => {
      const { provider, member } = await makeLinked();
      sso.idp.behaviour.signs = signs;
      const done = await browserAt(CAFE).logIn(provider.id, member.email);
      expect(done.error).toBeNull();
      expect((await me(done.token)).user.id).toBe(member.id);
      expect(await networksOf(member.id)).toEqual([{ network: `${CAFE}/32`, method: 'sso' }]);
    },
  );

  it('opens an encrypted assertion', async () => {
    const { provider, member } = await makeLinked();
    sso.idp.behaviour.encrypts = true;
    expect((await browserAt().logIn(provider.id, member.email)).error).toBeNull();
  });
});

describe('F2: SAML has no word for a verified address', () => {
  it('so by default nobody is joined or made, the set-up says so, and those who are known sign in', async () => {
    const { team, provider, member } = await makeTeam({
      believesEmail: false,
      justInTimeRole: 'member',
    });
    const warnings = async () =>
      (await team.call('GET', '/sso-connections')).body.data[0].warnings.join();
    expect(await warnings()).toContain('believe its email addresses');
    const email = `new@${team.domain}`;
    sso.enrol({ email });
    for (const who of [member.email, email]) {
      const done = await browserAt().logIn(provider.id, who);
      expect(done).toMatchObject({ token: null, error: 'email_verification_unknown' });
    }
    expect(await count('users WHERE email = $1', [email])).toBe(0);
    await team.know(provider.id, member.id, sso.accountFor(member).subject);
    expect((await browserAt().logIn(provider.id, member.email)).error).toBeNull();
    await team.call('PATCH', `/sso-connections/${provider.id}`, {
      believesEmail: true,
      reason: 'Administrators alone set addresses there.',
    });
    expect(await warnings()).not.toContain('believe its email addresses');
    expect((await browserAt().logIn(provider.id, email)).error).toBeNull();
  });
});

describe('a later log-in', () => {
  it('SAML-36 goes on through a change of certificates', async () => {
    const own = await SamlIdp.start(sso.accounts);
    const team = await sso.scene.addTeam();
    const member = await team.addMember('valerie');
    sso.enrol(member);
    const provider = await team.connectSaml(own);
    const attempt = async () => (await browserAt().logIn(provider.id, member.email)).error;
    expect(await attempt()).toBeNull();
    await own.announceNextKey();
    const path = `/sso-connections/${provider.id}`;
    const changed = await team.call('PATCH', path, { metadataUrl: own.metadataUrl });
    expect(changed.body.settings.certificates).toHaveLength(2);
    expect(await attempt()).toBeNull();
    own.useNextKey();
    expect(await attempt()).toBeNull();
    await own.announceNextKey();
    own.useNextKey();
    expect(await attempt()).toBe('invalid_response');
    await own.stop();
  });

  it('that the provider refuses is told as that', async () => {
    const { provider, member } = await makeTeam();
    sso.idp.behaviour.status = 'urn:oasis:names:tc:SAML:2.0:status:Responder';
    const done = await browserAt().logIn(provider.id, member.email);
    sso.idp.behaviour.status = 'urn:oasis:names:tc:SAML:2.0:status:Success';
    expect(done.error).toBe('provider_refused');
  });
});

describe('a response', () => {
  let written: WrittenIdp;
  beforeAll(async () => {
    written = await WrittenIdp.create(sso.scene);
  });
  const refused = async (promise: () => Promise<string>, reason = 'invalid_response') => {
    const before = await state();
    expect(reasonOf(await promise())).toBe(reason);
    expect(await state()).toEqual(before);
  };

  it('that is good logs in: what is refused below is refused for its fault', async () => {
    const { token } = await written.signedIn();
    expect((await me(token)).user.id).toBe(written.member.id);
  });

  it.each(Object.keys(WRAPPINGS))('SAML-1..8 %s is refused', async (name) => {
    const wrap = WRAPPINGS[name];
    const signs: Variation['signs'] = WRAPS_RESPONSE.includes(name)
      ? ['assertion', 'response']
      : ['assertion'];
    await refused(() => written.attempt({ signs }, (xml) => wrap?.(xml, 'somebody-else') ?? ''));
  });

  it.each<[string, Variation]>([
    ['SAML-9 with no signature', { signs: [] }],
    ['SAML-10 whose response alone is signed', { signs: ['response'] }],
    ['SAML-13 with a comment in its subject', { assertion: { subject: 'vale<!---->rie' } }],
    ['SAML-18 for another audience', { assertion: { audience: 'https://other.example.com' } }],
    ['SAML-19 for another recipient', { assertion: { recipient: 'https://other.example.com' } }],
    ['SAML-19 for another destination', { response: { destination: 'https://other.example.com' } }],
    ['SAML-31 of another issuer', { assertion: { issuer: 'https://other.example.com' } }],
    ['SAML-32 of nobody', { assertion: { subject: '' } }],
    ['expired', { assertion: { now: new Date(Date.now() - 7 * 60_000) } }],
    ['of the future', { assertion: { now: new Date(Date.now() + 3 * 60_000) } }],
    ['by SHA-1', { signing: { signatureAlgorithm: 'http://www.w3.org/2000/09/xmldsig#rsa-sha1' } }],
  ])('%s is refused', async (_what, variation) => {
    await refused(() => written.attempt(variation));
  });

  it.each<[string, (xml: string) => string]>([
    ['SAML-17 with entities of its own', (xml) => BILLION_LAUGHS + xml],
    ['SAML-17 with a file for an entity', (xml) => FILE_ENTITY + xml],
    ['changed after it was signed', (xml) => xml.replace('>valerie<', '>vincent<')],
    ['that is no XML', () => 'nothing'],
    ['that is empty XML', () => '<a/>'],
  ])('%s is refused', async (_what, change) => {
    await refused(() => written.attempt({}, change));
  });

  it('SAML-11 signed by a key that it brings along', async () => {
    const { privateKey, certificate } = await newKeys();
    await refused(() => written.attempt({ signing: { privateKey, certificate } }));
  });

  it('SAML-12 of another team’s provider, or for another team', async () => {
    const other = await WrittenIdp.create(sso.scene);
    const { browser, requestId } = await written.begin();
    const foreign = await other.response(requestId);
    await refused(() => postAcs(browser, written.provider, foreign));
    // For our address, and by the other one’s key.
    const aimed = await other.response(requestId, {
      assertion: {
        issuer: written.written.settings.idp.entityId,
        recipient: written.provider.endpoints.acsUrl ?? '',
        audience: written.provider.endpoints.entityId ?? '',
      },
      response: { destination: written.provider.endpoints.acsUrl ?? '' },
    });
    await refused(() => postAcs(browser, written.provider, aimed));
    // One’s request, answered at the other’s address.
    const own = await written.response(requestId);
    await refused(() => postAcs(browser, other.provider, own), 'expired');
  });

  it('SAML-20 to an unknown request, and to none', async () => {
    const browser = browserAt();
    await refused(
      async () => postAcs(browser, written.provider, await written.response(newId())),
      'expired',
    );
    await refused(async () => postAcs(browser, written.provider, await written.response(null)));
  });

  it('SAML-20 to the request of another browser logs in neither', async () => {
    const { browser: thief, requestId } = await written.begin();
    // She has a flow of her own under way, even.
    const { browser: victim } = await written.begin();
    const url = await postAcs(victim, written.provider, await written.response(requestId));
    const before = await sessionsOf(written.member.id);
    expect((await victim.completeLogIn(url)).error).toBe('other_browser');
    thief.sessionToken = null;
    expect((await thief.postAuth('callback/sso', { ticket: 'guessed' })).status).toBe(401);
    expect(await sessionsOf(written.member.id)).toBe(before);
    expect(await networksOf(written.member.id)).toEqual(
      expect.not.arrayContaining([expect.objectContaining({ network: `${THIEF}/32` })]),
    );
  });

  it('SAML-15 posted again, also 20 times at once, is one session', async () => {
    const { browser, requestId } = await written.begin();
    const response = await written.response(requestId);
    const ends = await Promise.all(
      Array.from({ length: 20 }, () => postAcs(browser, written.provider, response)),
    );
    const [completed, ...more] = ends.filter((end) => end.includes('/sso/complete'));
    expect(more).toEqual([]);
    expect(new Set(ends.filter((end) => end !== completed).map(reasonOf))).toEqual(
      new Set(['expired']),
    );
    const before = await sessionsOf(written.member.id);
    const ticket = ticketOf(completed ?? '');
    await Promise.all(
      Array.from({ length: 20 }, () => browser.postAuth('callback/sso', { ticket })),
    );
    expect(await sessionsOf(written.member.id)).toBe(before + 1);
    await refused(() => postAcs(browser, written.provider, response), 'expired');
  });

  it('SAML-15 posted to two instances at once is taken by one', async () => {
    const other = await TestServer.startBeside(sso.server);
    const { requestId } = await written.begin();
    const raw = new URLSearchParams({ SAMLResponse: await written.response(requestId) }).toString();
    const { pathname, host } = new URL(written.provider.endpoints.acsUrl ?? '');
    const post = ({ port }: TestServer) =>
      sso.server.post(`/${pathname}`, {
        port,
        headers: { host, 'content-type': 'application/x-www-form-urlencoded' },
        raw,
      });
    const answers = await Promise.all([post(sso.server), post(other)]);
    const ends = answers.map(({ headers }) => headers.location ?? '').sort();
    expect(ends[0]).toContain('/sso/complete');
    expect(ends[1]).toBe('/sso/failed?reason=expired');
    await other.stop();
  });

  it.each([
    'https://evil.test',
    '//evil.test',
    'javascript:alert(1)',
    'x'.repeat(20_000),
    '/teams',
  ])('SAML-22 RelayState is not read (%#)', async (RelayState) => {
    const { browser, requestId } = await written.begin();
    const response = await written.response(requestId);
    const url = await postAcs(browser, written.provider, response, { RelayState });
    expect(new URL(url).searchParams.get('to')).toBe('/');
  });

  it('must be one form member, of a size that can be read', async () => {
    const { requestId } = await written.begin();
    const { pathname } = new URL(written.provider.endpoints.acsUrl ?? '');
    const response = encodeURIComponent(await written.response(requestId));
    const post = async (raw: string, type = 'application/x-www-form-urlencoded') => {
      const { status, headers } = await sso.server.post(`/${pathname}`, {
        headers: { 'content-type': type },
        raw,
      });
      return [status, headers.location];
    };
    const invalid = [303, '/sso/failed?reason=invalid_request'];
    expect(await post(`SAMLResponse=${response}&SAMLResponse=${response}`)).toEqual(invalid);
    expect(await post('')).toEqual(invalid);
    expect((await post(`SAMLResponse=${response}`, 'text/plain'))[1]).toContain('/sso/failed');
    // P10: a person stands there, whatever its size.
    const tooLarge = [303, '/sso/failed?reason=too_large'];
    expect(await post(`SAMLResponse=${'A'.repeat(450_000)}`)).toEqual(tooLarge);
    expect(await post(`SAMLResponse=${'A'.repeat(600_000)}`)).toEqual(tooLarge);
  });

  it('P10: of a person in 1,000 groups logs in like any', async () => {
    const groups = Array.from(
      { length: 1_000 },
      (_, i) => `CN=Group ${i},OU=Groups,DC=example,DC=com`,
    );
    const attributes = { email: [written.member.email], groups };
    expect(await written.attempt({ assertion: { attributes } })).toContain('/sso/complete');
    const { rows } = await sso.server.db.query(
      `SELECT max(length(result::text)) AS longest FROM sso_flows WHERE connection_id = $1`,
      [written.provider.id],
    );
    expect(rows[0].longest).toBeLessThan(20_000);
  });

  it('P9: with several email addresses is known by the one of the proven domain', async () => {
    const { browser, requestId } = await written.begin('log_in', browserAt('81.2.69.143'));
    const attributes = { mail: ['valerie@private.example.net', written.member.email] };
    const assertion = { attributes, subject: 'valerie-of-another-directory' };
    const response = await written.response(requestId, { assertion });
    const url = await postAcs(browser, written.provider, response);
    const { token } = await browser.proveIfAsked(await browser.completeLogIn(url));
    expect((await me(token)).user.id).toBe(written.member.id);
  });

  it('P11: that is refused is told with its cause to the owner who tests, and to nobody else', async () => {
    const owner = browserAt();
    owner.sessionToken = written.team.owner.token;
    const cause = async (purpose: 'test' | 'log_in', browser: SsoBrowser, text?: string) => {
      const { requestId } = await written.begin(purpose, browser);
      const other = { assertion: { audience: 'https://other.example.com' } };
      const response = text ?? (await written.response(requestId, other));
      const url = new URL(await postAcs(browser, written.provider, response));
      return url.searchParams.get('cause');
    };
    expect(await cause('test', owner)).toBe('audience');
    expect(await cause('log_in', browserAt())).toBeNull();
    // One that can't even be read stands in the log.
    expect(await cause('log_in', browserAt(), 'AAAA')).toBeNull();
    expect(sso.server.log).toMatch(/"reason":"malformed"[^\n]*a SAML response was refused/);
  });

  it('VER-12 re-authenticates by an instant that is right alone', async () => {
    const { browser } = await written.signedIn();
    const now = Date.now();
    const verified = async (authnInstant: Date | null) => {
      const { requestId } = await written.begin('verify', browser);
      const response = await written.response(requestId, { assertion: { authnInstant } });
      const url = await postAcs(browser, written.provider, response);
      return url.includes('/sso/failed')
        ? reasonOf(url)
        : (await browser.complete(url)).body.reason;
    };
    expect(await verified(new Date(now - 3_600_000))).toBe('not_fresh');
    expect(await verified(new Date(now - 75_000))).toBe('not_fresh');
    expect(await verified(null)).toBe('not_fresh');
    expect(await verified(new Date(now + 600_000))).toBe('invalid_response');
    expect(await verified(new Date())).toBeUndefined();
  });

  it('F21: 100 that are forged are read from a network in ten minutes, and no more', async () => {
    const from = '81.2.69.142';
    const { browser, requestId } = await written.begin('log_in', browserAt(from));
    const { privateKey } = await newKeys();
    const forged = await written.response(requestId, { signing: { privateKey } });
    const reasons: string[] = [];
    for (let i = 0; i < 101; i++) {
      reasons.push(reasonOf(await postAcs(browser, written.provider, forged)));
    }
    expect(reasons.slice(0, 100).every((reason) => reason === 'invalid_response')).toBe(true);
    expect(reasons[100]).toBe('too_many_requests');
    // A provider's own word counts from elsewhere all the same.
    expect(await written.attempt()).toContain('/sso/complete');
  });

  it.each<[string, string]>([
    ['that are too large', `<a>${'<a>'.repeat(20_000)}`],
    ['that nobody asked for, and that say no', '<samlp:Response/>'],
  ])('F21: 100 %s too, and no more', async (what, text) => {
    const browser = browserAt(what.startsWith('that are') ? '81.2.69.143' : '81.2.69.144');
    const response = Buffer.from(text).toString('base64');
    const reasons: string[] = [];
    for (let i = 0; i < 101; i++) {
      reasons.push(reasonOf(await postAcs(browser, written.provider, response)));
    }
    expect(reasons.slice(0, 100)).not.toContain('too_many_requests');
    expect(reasons[100]).toBe('too_many_requests');
  });

  it('must be signed as a whole where the provider says so', async () => {
    const strict = await WrittenIdp.create(sso.scene, { wantsSignedResponse: true });
    await refused(() => strict.attempt({ signs: ['assertion'] }));
    expect(await strict.attempt({ signs: ['assertion', 'response'] })).toContain('/sso/complete');
  });
});

describe('P9: a provider that takes requests by POST alone', () => {
  const atPost = () => WrittenIdp.create(sso.scene, { ssoBinding: 'post' });

  it('is sent a form by the browser that began, signed, and its answer logs in', async () => {
    const written = await atPost();
    const browser = browserAt();
    const started = await browser.startFlow(written.provider.id);
    const { pathname } = new URL(started.body.url);
    expect(pathname).toMatch(/\/saml\/request$/);
    const page = await browser.call('GET', pathname);
    expect(page.headers['content-security-policy']).toContain(`default-src 'none'`);
    const field = (name: string) => new RegExp(`${name}="([^"]*)"`).exec(page.text)?.[1] ?? '';
    expect(field('action')).toBe('https://idp.example.com/sso');
    const xml = Buffer.from(
      (/name="SAMLRequest" value="([^"]*)"/.exec(page.text)?.[1] ?? '').replaceAll('&#61;', '='),
      'base64',
    ).toString();
    const [, requestId = ''] = /<samlp:AuthnRequest[^>]* ID="([^"]+)"/.exec(xml) ?? [];
    expect(xml).toContain('SignatureValue');
    expect(xml).toContain(`Destination="https://idp.example.com/sso"`);
    const url = await postAcs(browser, written.provider, await written.response(requestId));
    expect((await browser.completeLogIn(url)).error).toBeNull();
  });

  it('no other browser is given the request', async () => {
    const written = await atPost();
    const { pathname } = new URL((await browserAt().startFlow(written.provider.id)).body.url);
    for (const browser of [browserAt(), new SsoBrowser(sso.server, THIEF)]) {
      const answer = await browser.call('GET', pathname);
      expect([answer.status, answer.headers.location]).toEqual([
        303,
        '/sso/failed?reason=other_browser',
      ]);
      expect(answer.text).not.toContain('SAMLRequest');
    }
  });
});

describe('SAML-33 a response that nobody asked for', () => {
  it('is refused, unless the provider allows it', async () => {
    const written = await WrittenIdp.create(sso.scene);
    const before = await state();
    const url = await postAcs(browserAt(), written.provider, await written.response(null));
    expect(reasonOf(url)).toBe('invalid_response');
    expect(await state()).toEqual(before);
  });

  it('logs in where it is allowed, and never records an address', async () => {
    const written = await WrittenIdp.create(sso.scene, { allowsIdpInitiated: true });
    const browser = browserAt();
    const response = await written.response(null);
    const url = await postAcs(browser, written.provider, response, { RelayState: '/evil' });
    expect(new URL(url).searchParams.get('to')).toBe('/');
    const { token, error } = await browser.completeLogIn(url);
    expect(error).toBeNull();
    expect((await me(token)).user.id).toBe(written.member.id);
    expect(await networksOf(written.member.id)).toEqual([]);
    const gated = await browser.call('POST', '/api/v1/friends', {
      json: { email: 'a@example.com' },
    });
    expect(gated.body.code).toBe('ip_verification_required');
    const fresh = await sso.server.db.query(
      'SELECT authenticated_network FROM sessions WHERE user_id = $1 ORDER BY created_at DESC LIMIT 1',
      [written.member.id],
    );
    expect(fresh.rows[0].authenticated_network).toBeNull();
    // Once.
    expect(reasonOf(await postAcs(browser, written.provider, response))).toBe('expired');
    const again = await written.response(null);
    const ends = await Promise.all(
      Array.from({ length: 20 }, () => postAcs(browserAt(), written.provider, again)),
    );
    expect(ends.filter((end) => end.includes('/sso/complete'))).toHaveLength(1);
  });

  it('F2: asks for no proof of an account: whoever planted it would wait for that', async () => {
    const written = await WrittenIdp.create(sso.scene, { allowsIdpInitiated: true });
    const victim = browserAt();
    const before = await count('sso_identities WHERE user_id = $1', [written.member.id]);
    const planted = await written.response(null, { assertion: { subject: 'the-thief' } });
    const url = await postAcs(victim, written.provider, planted);
    expect(await victim.completeLogIn(url)).toEqual({ token: null, error: 'begin_here' });
    expect((await victim.join({ password: PASSWORD })).body.reason).toBe('expired');
    expect(await count('sso_identities WHERE user_id = $1', [written.member.id])).toBe(before);
  });

  it('verifies nothing: it can’t take the place of an answer to a request', async () => {
    const written = await WrittenIdp.create(sso.scene, { allowsIdpInitiated: true });
    const { browser } = await written.signedIn();
    const before = await networksOf(written.member.id);
    browser.from = CAFE;
    await written.begin('verify', browser);
    const url = await postAcs(browser, written.provider, await written.response(null));
    expect((await browser.complete(url)).body.reason).toBe('other_browser');
    expect(await networksOf(written.member.id)).toEqual(before);
  });

  it('that would be good for longer than it is remembered is refused', async () => {
    const written = await WrittenIdp.create(sso.scene, { allowsIdpInitiated: true });
    const end = new Date(Date.now() + 13 * 3_600_000).toISOString();
    const response = await written.response(null, {
      unsignedAssertion: (xml) => xml.replace(/NotOnOrAfter="[^"]+"/g, `NotOnOrAfter="${end}"`),
    });
    expect(reasonOf(await postAcs(browserAt(), written.provider, response))).toBe(
      'invalid_response',
    );
  });
});

describe('single log-out', () => {
  const slo = (provider: Provider) => `/${new URL(provider.endpoints.sloUrl ?? '').pathname}`;
  const post = (provider: Provider, SAMLRequest: string) =>
    sso.server.post(slo(provider), {
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      raw: new URLSearchParams({ SAMLRequest }).toString(),
    });
  const get = (provider: Provider, query: string) => sso.server.get(`${slo(provider)}?${query}`);

  it.each(['post', 'redirect'] as const)('by %s ends the sessions it names', async (binding) => {
    const { provider, member, token } = await makeKnown();
    const other = await makeKnown();
    const { samlRequest, query } = sso.idp.logOut(provider.endpoints.entityId ?? '', member.email);
    const answer = await (binding === 'post' ? post(provider, samlRequest) : get(provider, query));
    expect(answer.status).toBe(303);
    expect(await statusOf(token)).toBe(401);
    expect(await statusOf(other.token)).toBe(200);
    await browserAt().visit(answer.headers.location ?? '');
    expect(sso.idp.logoutStatuses.at(-1)).toBe('urn:oasis:names:tc:SAML:2.0:status:Success');
  });

  it('SAML-34 that is unsigned, forged or for another provider ends nothing', async () => {
    const written = await WrittenIdp.create(sso.scene);
    const other = await WrittenIdp.create(sso.scene);
    const { token } = await written.signedIn();
    const xml = logoutRequestXml({
      id: newId(),
      issuer: written.written.settings.idp.entityId,
      destination: written.provider.endpoints.sloUrl ?? '',
      now: new Date(),
      subject: 'valerie',
      format: PERSISTENT,
      sessionIndexes: [],
    });
    const forged = await newKeys();
    const query = signedQuery('SAMLRequest', xml, written.written.idp);
    for (const answer of [
      await post(written.provider, base64(xml)),
      await post(written.provider, base64(sign(xml, forged.privateKey))),
      await get(written.provider, signedQuery('SAMLRequest', xml, forged)),
      await get(written.provider, query.replace(/&SigAlg=.*/, '')),
      await get(written.provider, `SAMLRequest=x&${query}`),
      await post(other.provider, base64(sign(xml, written.written.idp.privateKey))),
      await get(written.provider, ''),
      await post(written.provider, ''),
    ]) {
      expect(answer.status).toBe(403);
      expect(answer.body).toMatchObject({ code: 'sso_refused' });
    }
    expect(await statusOf(token)).toBe(200);
    expect((await get(written.provider, query)).status).toBe(303);
    expect(await statusOf(token)).toBe(401);
  });

  it.each(['post', 'redirect'] as const)(
    'F21: a request that comes again by %s ends nothing',
    async (binding) => {
      const { provider, member, token } = await makeKnown();
      const { samlRequest, query } = sso.idp.logOut(
        provider.endpoints.entityId ?? '',
        member.email,
      );
      const send = () => (binding === 'post' ? post(provider, samlRequest) : get(provider, query));
      expect((await send()).status).toBe(303);
      expect(await statusOf(token)).toBe(401);
      const next = await browserAt().logIn(provider.id, member.email);
      const again = await send();
      expect([again.status, again.body.reason]).toEqual([403, 'expired']);
      expect(await statusOf(next.token)).toBe(200);
    },
  );

  it('answers with the provider’s RelayState to the provider alone', async () => {
    const { provider, member } = await makeKnown();
    const { samlRequest } = sso.idp.logOut(provider.endpoints.entityId ?? '', member.email);
    const answer = await sso.server.post(slo(provider), {
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      raw: new URLSearchParams({
        SAMLRequest: samlRequest,
        RelayState: 'https://evil.test',
      }).toString(),
    });
    expect(new URL(answer.headers.location ?? '').origin).toBe(sso.idp.origin);
  });
});

it('ADM-3 the log of all this holds no token, ticket or assertion', () => {
  expect(sso.server.findLeakedSecrets()).toEqual([]);
  expect(sso.server.log).not.toMatch(/PRIVATE KEY|saml:Assertion|PHNhbWxw/);
});
