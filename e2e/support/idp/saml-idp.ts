import { createVerify, randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { inflateRawSync } from 'node:zlib';
import { DOMParser } from '@xmldom/xmldom';
import { generate } from 'selfsigned';
import { SignedXml } from 'xml-crypto';
import { listen, shut } from '../listen';
import {
  assertionXml,
  base64,
  encryptAssertion,
  escapeXml,
  type Keys,
  logoutRequestXml,
  newId,
  PERSISTENT,
  responseXml,
  SUCCESS,
  sign,
  signedQuery,
} from './saml-messages';

/**
 * A SAML 2.0 identity provider for tests: a web server with a log-in page, a session of its own, and real
 * signatures. It knows its service providers by their metadata, and checks their requests.
 */

export type IdpUser = {
  email: string;
  password: string;
  name: string;
  /** The NameID that names this user. */
  subject: string;
};

/** What tests change while it runs. */
export type IdpBehaviour = {
  signs: 'assertion' | 'response' | 'both';
  encrypts: boolean;
  /** Answers from its own session although it was told to ask again, with the instant of the old log-in. */
  ignoresForceAuthn: boolean;
  /** Answers with this status and no assertion. */
  status: string;
  /** Takes requests by POST alone, and says so. */
  takesPostAlone: boolean;
};

export const NORMAL: IdpBehaviour = {
  signs: 'both',
  encrypts: false,
  ignoresForceAuthn: false,
  status: SUCCESS,
  takesPostAlone: false,
};

type ServiceProvider = {
  entityId: string;
  acsUrl: string;
  sloUrl: string;
  certificate: string;
};
type IdpSession = { id: string; user: IdpUser; authnInstant: Date };
type Asked = { sp: ServiceProvider; requestId: string | null; relayState: string | null };
/** What an answer is when the page is left to the browser. */
type Page = { status?: number; location?: string; cookie?: string; html?: string; xml?: string };

export async function newKeys(commonName = 'Example identity provider'): Promise<Keys> {
  const pair = await generate([{ name: 'commonName', value: commonName }], {
    keySize: 2048,
    algorithm: 'sha256',
  });
  return { privateKey: pair.private, certificate: pair.cert };
}

export class SamlIdp {
  readonly behaviour: IdpBehaviour = { ...NORMAL };
  /** Requests that came, and whether each wanted its user asked again. */
  readonly requests: { id: string; forceAuthn: boolean }[] = [];
  /** Statuses of the log-out responses that came, validly signed. */
  readonly logoutStatuses: string[] = [];

  private readonly providers = new Map<string, ServiceProvider>();
  private readonly sessions = new Map<string, IdpSession>();
  private readonly pages = new Map<string, Asked>();
  private announced: Keys[];

  private constructor(
    private readonly server: Server,
    readonly origin: string,
    private readonly users: IdpUser[],
    private keys: Keys,
  ) {
    this.announced = [keys];
  }

  static async start(users: IdpUser[], port = 0): Promise<SamlIdp> {
    const keys = await newKeys();
    const server = createServer();
    const origin = `http://127.0.0.1:${await listen(server, port)}`;
    const idp = new SamlIdp(server, origin, users, keys);
    server.on('request', (request, response) => void idp.serve(request, response));
    return idp;
  }

  async stop(): Promise<void> {
    await shut(this.server);
  }

  get entityId(): string {
    return this.metadataUrl;
  }
  get metadataUrl(): string {
    return `${this.origin}/metadata`;
  }
  get ssoUrl(): string {
    return `${this.origin}/sso`;
  }
  get sloUrl(): string {
    return `${this.origin}/slo`;
  }
  get certificates(): string[] {
    return this.announced.map(({ certificate }) => certificate);
  }

  /** Makes a service provider known, by its metadata. */
  trust(metadata: string): void {
    const root = parse(metadata);
    const entityId = attribute(root, 'entityID');
    const first = (name: string) => root.getElementsByTagNameNS('*', name)[0] as Element;
    this.providers.set(entityId, {
      entityId,
      acsUrl: attribute(first('AssertionConsumerService'), 'Location'),
      sloUrl: attribute(first('SingleLogoutService'), 'Location'),
      certificate: toPem(first('X509Certificate').textContent ?? ''),
    });
  }

  /** Ends all sessions here; service providers hear nothing of it. */
  forgetSessions(): void {
    this.sessions.clear();
  }

  /** The next key is in the metadata, and not yet used. */
  async announceNextKey(): Promise<void> {
    this.announced.push(await newKeys());
  }

  /** The newest announced key signs; the others are gone from the metadata. */
  useNextKey(): void {
    this.keys = this.announced.at(-1) ?? this.keys;
    this.announced = [this.keys];
  }

  /** Everybody signed in this much earlier. */
  ageSessions(byMs: number): void {
    for (const [cookie, session] of this.sessions) {
      const authnInstant = new Date(session.authnInstant.getTime() - byMs);
      this.sessions.set(cookie, { ...session, authnInstant });
    }
  }

  metadata(): string {
    const keys = this.certificates
      .map(
        (certificate) =>
          `<md:KeyDescriptor use="signing"><ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:X509Data><ds:X509Certificate>${certificate.replace(/-----.*?-----|\s/g, '')}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>`,
      )
      .join('');
    const endpoint = (name: string, url: string) =>
      (this.behaviour.takesPostAlone ? ['HTTP-POST'] : ['HTTP-POST', 'HTTP-Redirect'])
        .map(
          (binding) =>
            `<md:${name} Binding="urn:oasis:names:tc:SAML:2.0:bindings:${binding}" Location="${url}"/>`,
        )
        .join('');
    return [
      '<?xml version="1.0" encoding="UTF-8"?>\n',
      `<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" entityID="${this.entityId}">`,
      '<md:IDPSSODescriptor WantAuthnRequestsSigned="true" protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">',
      keys,
      endpoint('SingleLogoutService', this.sloUrl),
      `<md:NameIDFormat>${PERSISTENT}</md:NameIDFormat>`,
      endpoint('SingleSignOnService', this.ssoUrl),
      '</md:IDPSSODescriptor></md:EntityDescriptor>',
    ].join('');
  }

  /** What a service provider would be posted for this user, without a browser. */
  async respond(
    asked: { spEntityId: string; requestId: string | null },
    email: string,
    authnInstant = new Date(),
  ): Promise<{ acsUrl: string; samlResponse: string }> {
    const sp = this.provider(asked.spEntityId);
    const session = { id: newId(), user: this.user(email), authnInstant };
    this.sessions.set(newId(), session);
    const xml = await this.response({ sp, requestId: asked.requestId, relayState: null }, session);
    return { acsUrl: sp.acsUrl, samlResponse: base64(xml) };
  }

  /**
   * Ends this user's sessions here, and makes the log-out request that tells a service provider: the form
   * value for its post binding, and the query for its redirect binding.
   */
  logOut(
    spEntityId: string,
    email: string,
  ): { sloUrl: string; samlRequest: string; query: string } {
    const sp = this.provider(spEntityId);
    const user = this.user(email);
    const ended = [...this.sessions].filter(([, session]) => session.user === user);
    for (const [cookie] of ended) this.sessions.delete(cookie);
    const xml = logoutRequestXml({
      id: newId(),
      issuer: this.entityId,
      destination: sp.sloUrl,
      now: new Date(),
      subject: escapeXml(user.subject),
      format: PERSISTENT,
      sessionIndexes: ended.map(([, { id }]) => id),
    });
    return {
      sloUrl: sp.sloUrl,
      samlRequest: base64(sign(xml, this.keys.privateKey)),
      query: signedQuery('SAMLRequest', xml, this.keys),
    };
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const page = await this.answer(request).catch((error: unknown) => ({
      status: 400,
      html: `<h1>This did not work</h1><p>${escapeXml(String(error))}</p>`,
    }));
    const { status, location, cookie, html, xml } = page as Page;
    response.writeHead(status ?? (location ? 302 : 200), {
      'content-type': xml ? 'application/samlmetadata+xml' : 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      ...(location ? { location } : {}),
      ...(cookie ? { 'set-cookie': cookie } : {}),
    });
    response.end(xml ?? document(html ?? ''));
  }

  private async answer(request: IncomingMessage): Promise<Page> {
    const url = new URL(request.url ?? '/', this.origin);
    switch (`${request.method} ${url.pathname}`) {
      case 'GET /metadata':
        // As Keycloak does.
        return /application\/xml|\*\/\*/.test(request.headers.accept ?? '*/*')
          ? { xml: this.metadata() }
          : { status: 406, html: '<h1>Not acceptable</h1>' };
      case 'GET /sso':
        return this.signOn(url, this.sessionOf(request));
      case 'POST /sso':
        return this.signOnByPost(new URLSearchParams(await text(request)), this.sessionOf(request));
      case 'POST /login':
        return this.logIn(new URLSearchParams(await text(request)));
      // The provider's own portal: a sign-on that no service provider has asked for.
      case 'GET /portal':
        return this.proceed(
          {
            sp: this.provider(url.searchParams.get('sp') ?? ''),
            requestId: null,
            relayState: url.searchParams.get('RelayState'),
          },
          this.sessionOf(request),
        );
      case 'GET /log-out':
        return this.startLogOut(url, this.sessionOf(request));
      case 'GET /slo':
        return this.endLogOut(url);
      default:
        return { status: 404, html: '<h1>Not found</h1>' };
    }
  }

  private async signOn(url: URL, session: IdpSession | null): Promise<Page> {
    if (this.behaviour.takesPostAlone) throw new Error('requests are posted here');
    const message = parse(readRedirect(url, 'SAMLRequest'));
    const sp = this.provider(message.getElementsByTagNameNS('*', 'Issuer')[0]?.textContent ?? '');
    verifyRedirect(url, 'SAMLRequest', sp.certificate);
    return this.answerRequest(message, sp, url.searchParams.get('RelayState'), session);
  }

  private async signOnByPost(form: URLSearchParams, session: IdpSession | null): Promise<Page> {
    const xml = Buffer.from(form.get('SAMLRequest') ?? '', 'base64').toString();
    const message = parse(xml);
    const sp = this.provider(message.getElementsByTagNameNS('*', 'Issuer')[0]?.textContent ?? '');
    const signature = message.getElementsByTagNameNS('*', 'Signature')[0];
    const checker = new SignedXml({ publicCert: sp.certificate, getCertFromKeyInfo: () => null });
    checker.loadSignature(signature as unknown as string);
    if (!checker.checkSignature(xml)) throw new Error('the signature is wrong');
    return this.answerRequest(message, sp, form.get('RelayState'), session);
  }

  private async answerRequest(
    message: Element,
    sp: ServiceProvider,
    relayState: string | null,
    session: IdpSession | null,
  ): Promise<Page> {
    const acsUrl = message.getAttribute('AssertionConsumerServiceURL');
    if (acsUrl && acsUrl !== sp.acsUrl) throw new Error('not an address of this service provider');
    const requestId = attribute(message, 'ID');
    const forceAuthn = message.getAttribute('ForceAuthn') === 'true';
    this.requests.push({ id: requestId, forceAuthn });
    const asksAgain = forceAuthn && !this.behaviour.ignoresForceAuthn;
    const asked = { sp, requestId, relayState };
    return this.proceed(asked, asksAgain ? null : session);
  }

  private async proceed(asked: Asked, session: IdpSession | null): Promise<Page> {
    if (session) return this.post(asked, session);
    const page = newId();
    this.pages.set(page, asked);
    return { html: logInForm(page) };
  }

  private async logIn(form: URLSearchParams): Promise<Page> {
    const page = form.get('page') ?? '';
    const asked = this.pages.get(page);
    if (asked === undefined) throw new Error('this page has been used');
    const user = this.users.find(
      ({ email, password }) => email === form.get('email') && password === form.get('password'),
    );
    if (user === undefined) {
      return { status: 401, html: logInForm(page, 'Wrong email or password.') };
    }
    this.pages.delete(page);
    const cookie = randomBytes(24).toString('base64url');
    const session = { id: newId(), user, authnInstant: new Date() };
    this.sessions.set(cookie, session);
    return {
      ...(await this.post(asked, session)),
      cookie: `${this.cookieName}=${cookie}; Path=/; HttpOnly; SameSite=Lax`,
    };
  }

  private async post(asked: Asked, session: IdpSession): Promise<Page> {
    const xml = await this.response(asked, session);
    const values = { SAMLResponse: base64(xml), RelayState: asked.relayState };
    return { html: postForm(asked.sp.acsUrl, values) };
  }

  private async response(
    { sp, requestId }: Asked,
    { id, user, authnInstant }: IdpSession,
  ): Promise<string> {
    const { signs, encrypts, status } = this.behaviour;
    const now = new Date();
    const around = { inResponseTo: requestId, now, issuer: this.entityId };
    const outer = { ...around, id: newId(), destination: sp.acsUrl, status };
    if (status !== SUCCESS) return responseXml(outer, '');
    const plain = assertionXml({
      ...around,
      id: newId(),
      subject: escapeXml(user.subject),
      format: PERSISTENT,
      recipient: sp.acsUrl,
      audience: sp.entityId,
      authnInstant,
      sessionIndex: id,
      attributes: { email: [user.email], displayName: [user.name] },
    });
    const { privateKey } = this.keys;
    const assertion = signs === 'response' ? plain : sign(plain, privateKey);
    const content = encrypts ? await encryptAssertion(assertion, sp.certificate) : assertion;
    const xml = responseXml(outer, content);
    return signs === 'assertion' ? xml : sign(xml, privateKey);
  }

  private startLogOut(url: URL, session: IdpSession | null): Page {
    if (session === null) return { html: '<h1>You are logged out</h1>' };
    const { sloUrl, samlRequest } = this.logOut(
      url.searchParams.get('sp') ?? '',
      session.user.email,
    );
    return { html: postForm(sloUrl, { SAMLRequest: samlRequest, RelayState: null }) };
  }

  private endLogOut(url: URL): Page {
    const message = parse(readRedirect(url, 'SAMLResponse'));
    const sp = this.provider(message.getElementsByTagNameNS('*', 'Issuer')[0]?.textContent ?? '');
    verifyRedirect(url, 'SAMLResponse', sp.certificate);
    const code = message.getElementsByTagNameNS('*', 'StatusCode')[0] as Element;
    this.logoutStatuses.push(attribute(code, 'Value'));
    return { html: '<h1>You are logged out</h1>' };
  }

  /** Cookies know no ports: two providers on one machine need two names. */
  private get cookieName(): string {
    return `idp_session_${new URL(this.origin).port}`;
  }

  private sessionOf(request: IncomingMessage): IdpSession | null {
    const cookie = new RegExp(`\\b${this.cookieName}=([\\w-]+)`).exec(request.headers.cookie ?? '');
    return this.sessions.get(cookie?.[1] ?? '') ?? null;
  }

  private provider(entityId: string): ServiceProvider {
    const sp = this.providers.get(entityId);
    if (sp === undefined) throw new Error(`unknown service provider ${entityId}`);
    return sp;
  }

  private user(email: string): IdpUser {
    const user = this.users.find((candidate) => candidate.email === email);
    if (user === undefined) throw new Error(`no user ${email}`);
    return user;
  }
}

/** The XML of a redirect. */
export function readRedirect(url: URL, name: 'SAMLRequest' | 'SAMLResponse'): string {
  return inflateRawSync(Buffer.from(url.searchParams.get(name) ?? '', 'base64')).toString();
}

/** @throws when the query is not signed by the holder of this certificate */
export function verifyRedirect(
  url: URL,
  name: 'SAMLRequest' | 'SAMLResponse',
  certificate: string,
): void {
  const pairs = url.search.slice(1).split('&');
  const signed = [name, 'RelayState', 'SigAlg']
    .map((key) => pairs.find((pair) => pair.startsWith(`${key}=`)))
    .filter((pair) => pair !== undefined)
    .join('&');
  const signature = url.searchParams.get('Signature') ?? '';
  if (url.searchParams.get('SigAlg') !== 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256') {
    throw new Error('not signed with RSA-SHA256');
  }
  if (!createVerify('sha256').update(signed).verify(certificate, signature, 'base64')) {
    throw new Error('the signature is wrong');
  }
}

function parse(xml: string): Element {
  return new DOMParser().parseFromString(xml, 'text/xml').documentElement;
}

function attribute(element: Element, name: string): string {
  const value = element.getAttribute(name);
  if (!value) throw new Error(`no ${name}`);
  return value;
}

function toPem(base64Der: string): string {
  const lines = base64Der.replace(/\s/g, '').match(/.{1,64}/g) ?? [];
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n');
}

function document(body: string): string {
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>Example identity provider</title><body>${body}</body></html>`;
}

function logInForm(page: string, message = ''): string {
  return [
    '<h1>Example identity provider</h1>',
    message && `<p role="alert">${message}</p>`,
    '<form method="post" action="/login">',
    `<input type="hidden" name="page" value="${page}">`,
    '<p><label>Email <input name="email" type="email" autocomplete="username"></label></p>',
    '<p><label>Password <input name="password" type="password" autocomplete="current-password"></label></p>',
    '<p><button>Log in</button></p></form>',
  ].join('');
}

function postForm(action: string, values: Record<string, string | null>): string {
  const inputs = Object.entries(values)
    .filter(([, value]) => value !== null)
    .map(
      ([name, value]) => `<input type="hidden" name="${name}" value="${escapeXml(value ?? '')}">`,
    )
    .join('');
  return `<form method="post" action="${escapeXml(action)}">${inputs}<noscript><button>Continue</button></noscript></form><script>document.forms[0].submit()</script>`;
}
