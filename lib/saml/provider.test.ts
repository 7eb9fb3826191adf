import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { NORMAL, readRedirect, SamlIdp, verifyRedirect } from '@/e2e/support/idp/saml-idp';
import { isFreshLogIn } from '@/lib/policy/sso';
import { createKeyPair } from './certificates';
import { createLogoutResponse, parseLogoutRequest } from './logout';
import { createOwnMetadata, parseIdpMetadata } from './metadata';
import { createAuthnRequest, newSamlId } from './request';
import { inResponseToOf, parseSamlResponse } from './response';
import type { OwnSamlSettings, SamlSettings } from './settings';

/** The whole exchange with a real provider over HTTP; the browser is played by `fetch`. */

const VALERIE = {
  email: 'valerie@example.com',
  password: 'lives at the provider',
  name: 'Valerie Example',
  subject: 'u-1001',
};

let idp: SamlIdp;
let own: OwnSamlSettings;
let settings: SamlSettings;

beforeAll(async () => {
  idp = await SamlIdp.start([VALERIE]);
  own = {
    entityId: 'https://gatehouse.example.com/sso/t1',
    acsUrl: 'https://gatehouse.example.com/sso/t1/acs',
    sloUrl: 'https://gatehouse.example.com/sso/t1/slo',
    ...(await createKeyPair('Gatehouse', new Date())),
  };
  idp.trust(createOwnMetadata(own));
});
beforeEach(async () => {
  Object.assign(idp.behaviour, NORMAL);
  idp.forgetSessions();
  settings = { ...own, idp: await readIdp(), wantsSignedResponse: true };
});
afterAll(() => idp.stop());

async function readIdp(): Promise<SamlSettings['idp']> {
  const metadata = await parseIdpMetadata(await (await fetch(idp.metadataUrl)).text());
  if ('refused' in metadata) throw new Error(metadata.refused);
  return { ...metadata, certificates: metadata.certificates.map(({ pem }) => pem) };
}

describe('a request', () => {
  it('is signed, names itself and our address, and asks again only when told to', async () => {
    for (const forceAuthn of [true, false]) {
      const id = newSamlId();
      const request = await createAuthnRequest(settings, { id, forceAuthn, relayState: 'a.b_c-1' });
      const url = new URL(request.url);
      verifyRedirect(url, 'SAMLRequest', settings.certificate);
      const text = readRedirect(url, 'SAMLRequest');
      expect(text).toContain(`ID="${id}"`);
      expect(text).toContain(`AssertionConsumerServiceURL="${settings.acsUrl}"`);
      expect(text).toContain(`Destination="${idp.ssoUrl}"`);
      expect(text.includes('ForceAuthn="true"')).toBe(forceAuthn);
      expect(url.searchParams.get('RelayState')).toBe('a.b_c-1');
    }
  });

  it.each(['https://evil.test', '//evil.test', 'javascript:x', 'x'.repeat(81)])(
    'SAML-22: carries no address in its relay state: %s',
    async (relayState) => {
      const request = { id: newSamlId(), forceAuthn: false, relayState };
      await expect(createAuthnRequest(settings, request)).rejects.toThrow(TypeError);
    },
  );

  it.each(['', '1abc', 'short', '_"><x/>'.repeat(4)])(
    'has no id of another form: %j',
    async (id) => {
      await expect(createAuthnRequest(settings, { id, forceAuthn: false })).rejects.toThrow(
        TypeError,
      );
    },
  );
});

describe('a log-in at the provider', () => {
  it.each(['assertion', 'response', 'both'] as const)('with the %s signed', async (signs) => {
    idp.behaviour.signs = signs;
    const answer = await logIn({ wantsSignedResponse: signs !== 'assertion' });
    expect(answer.identity).toMatchObject(
      signs === 'response'
        ? { refused: 'assertion_not_signed' }
        : { subject: 'u-1001', emails: [VALERIE.email], name: VALERIE.name },
    );
    expect(answer.relayState).toBe('flow-1');
  });

  it('encrypted', async () => {
    idp.behaviour.encrypts = true;
    expect((await logIn()).identity).toMatchObject({ subject: 'u-1001' });
  });

  it('with a status that is not success', async () => {
    idp.behaviour.status = 'urn:oasis:names:tc:SAML:2.0:status:Responder';
    expect((await logIn()).identity).toEqual({ refused: 'status_not_success' });
  });

  it('SAML-36: while its keys change, by the certificates that its metadata announced', async () => {
    await idp.announceNextKey();
    const announced = { idp: await readIdp() };
    idp.useNextKey();
    expect((await logIn(announced)).identity).toMatchObject({ subject: 'u-1001' });
    expect((await logIn()).identity).toEqual({ refused: 'signature_invalid' });
  });

  it('VER-12: asks again when told to, and is found out when it does not', async () => {
    const { cookie, identity: first } = await logIn();
    if ('refused' in first) throw new Error(first.refused);

    const silent = await ask({ forceAuthn: false, cookie });
    expect(silent.text).toContain('SAMLResponse');
    const asked = await ask({ forceAuthn: true, cookie });
    expect(asked.text).toContain('type="password"');
    expect(idp.requests.at(-1)).toMatchObject({ forceAuthn: true });

    idp.behaviour.ignoresForceAuthn = true;
    const ignored = await read(await ask({ forceAuthn: true, cookie }));
    if ('refused' in ignored) throw new Error(ignored.refused);
    expect(ignored.authnInstant).toEqual(first.authnInstant);
    const later = new Date((first.authnInstant?.getTime() ?? 0) + 3_600_000);
    expect(isFreshLogIn(ignored.authnInstant, { startedAt: later, now: later })).toBe(false);
  });

  it('SAML-33: that nobody asked for', async () => {
    const { samlResponse } = await idp.respond(
      { spEntityId: settings.entityId, requestId: null },
      VALERIE.email,
    );
    const message = { samlResponse, now: new Date() };
    expect(
      await parseSamlResponse(settings, { ...message, expectedRequestId: newSamlId() }),
    ).toEqual({ refused: 'in_response_to' });
    expect(
      await parseSamlResponse(settings, { ...message, expectedRequestId: null }),
    ).toMatchObject({ subject: 'u-1001' });
  });
});

describe('a log-out at the provider', () => {
  it('names the sessions that end, and takes our answer', async () => {
    const { identity } = await logIn();
    if ('refused' in identity) throw new Error(identity.refused);
    const { samlRequest, query } = idp.logOut(settings.entityId, VALERIE.email);
    const now = new Date();
    const request = await parseLogoutRequest(settings, { binding: 'post', samlRequest }, now);
    expect(request).toMatchObject({ subject: 'u-1001', sessionIndexes: [identity.sessionIndex] });
    expect(await parseLogoutRequest(settings, { binding: 'redirect', query }, now)).toEqual(
      request,
    );
    if ('refused' in request) throw new Error(request.refused);
    const answer = { id: newSamlId(), inResponseTo: request.id, isDone: true };
    const response = await fetch((await createLogoutResponse(settings, answer)).url);
    expect(response.status).toBe(200);
    expect(idp.logoutStatuses).toEqual(['urn:oasis:names:tc:SAML:2.0:status:Success']);
  });
});

type Asked = { id: string; text: string; settings: SamlSettings };

/** Sends the browser to the provider. */
async function ask({
  forceAuthn = false,
  cookie = '',
  changes = {} as Partial<SamlSettings>,
}): Promise<Asked> {
  const used = { ...settings, ...changes };
  const id = newSamlId();
  const { url } = await createAuthnRequest(used, { id, forceAuthn, relayState: 'flow-1' });
  const answer = await fetch(url, { headers: { cookie } });
  expect(answer.status).toBe(200);
  return { id, text: await answer.text(), settings: used };
}

async function read({ id, text, settings }: Asked) {
  const samlResponse = field(text, 'SAMLResponse');
  expect(await inResponseToOf(samlResponse)).toBe(id);
  return parseSamlResponse(settings, { samlResponse, expectedRequestId: id, now: new Date() });
}

/** Logs Valerie in at the provider, as her browser does. */
async function logIn(changes: Partial<SamlSettings> = {}) {
  const asked = await ask({ changes });
  const answer = await fetch(`${idp.origin}/login`, {
    method: 'POST',
    body: new URLSearchParams({
      page: field(asked.text, 'page'),
      email: VALERIE.email,
      password: VALERIE.password,
    }),
  });
  const text = await answer.text();
  return {
    identity: await read({ ...asked, text }),
    relayState: field(text, 'RelayState'),
    cookie: answer.headers.get('set-cookie')?.split(';')[0] ?? '',
  };
}

function field(html: string, name: string): string {
  return new RegExp(`name="${name}" value="([^"]*)"`).exec(html)?.[1] ?? '';
}
