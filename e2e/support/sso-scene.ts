import type { Role } from '@/lib/policy/roles';
import { DnsServer, ssoEnv } from './dns-server';
import { type Answer, HOME, PASSWORD, TestServer, type TestUser, takeShared } from './harness';
import type { OidcAccount, OidcClient, OidcIdp } from './idp/oidc-idp';
import type { SamlIdp } from './idp/saml-idp';
import { type Page, TestBrowser } from './test-browser';

/** A server whose teams have identity providers, and what a browser does to sign in through them. */

export const IDP_PASSWORD = 'the password at the provider';

/** An account at a provider, whose `sub` is not its email. */
export function accountOf(
  user: { email: string; name?: string },
  more: Partial<OidcAccount> = {},
): OidcAccount {
  return {
    id: `sub-${user.email.split('@')[0]}`,
    email: user.email,
    emailVerified: true,
    name: user.name ?? 'Somebody',
    password: IDP_PASSWORD,
    ...more,
  };
}

export type Provider = {
  id: string;
  name: string;
  endpoints: Record<string, string>;
  domains: { id: string; domain: string }[];
};

export class SsoScene {
  private constructor(
    readonly server: TestServer,
    readonly dns: DnsServer,
  ) {}

  /** On the server that test files share. */
  static async begin(): Promise<SsoScene> {
    const server = await takeShared();
    const dns = await DnsServer.start(server.place.env.DNS_SERVERS);
    await server.setUp();
    return new SsoScene(server, dns);
  }

  static async start(env: Record<string, string> = {}): Promise<SsoScene> {
    const dns = await DnsServer.start();
    const server = await TestServer.start({ ...ssoEnv(dns.address), ...env });
    await server.setUp();
    return new SsoScene(server, dns);
  }

  async stop(): Promise<void> {
    await this.server.stop();
    await this.dns.stop();
  }

  /** A team with an owner, whose members’ addresses are at a domain of its own. */
  async addTeam(): Promise<SsoTeam> {
    const teamId = await this.server.addTeam();
    const owner = await this.server.addUser({ teamId, role: 'owner' });
    const domain = `${teamId.replaceAll('_', '-').toLowerCase()}.example.com`;
    return new SsoTeam(this, teamId, owner, domain);
  }
}

export class SsoTeam {
  constructor(
    private readonly scene: SsoScene,
    readonly id: string,
    readonly owner: TestUser,
    readonly domain: string,
  ) {}

  /** As the owner, fresh and from home. */
  call(method: string, path: string, body?: unknown): Promise<Answer> {
    return this.scene.server.call(method, `/teams/${this.id}${path}`, {
      token: this.owner.token,
      ...(body !== undefined && { body }),
    });
  }

  /** A member with an address at the team's domain, who trusts no network unless it is named. */
  async addMember(
    local: string,
    options: { hasPassword?: boolean; isConfirmed?: boolean; role?: Role; at?: string } = {},
  ): Promise<TestUser> {
    const { server } = this.scene;
    const user = await server.addUser({ teamId: this.id, at: null, ...options });
    const email = `${local}@${this.domain}`;
    await server.db.query('UPDATE users SET email = $2 WHERE id = $1', [user.id, email]);
    return { ...user, email };
  }

  /** Makes a member known by a provider, past the API. */
  async know(providerId: string, userId: string, subject: string): Promise<void> {
    await this.scene.server.db.query(
      'INSERT INTO sso_identities (connection_id, subject, user_id) VALUES ($1, $2, $3)',
      [providerId, subject, userId],
    );
  }

  /** An OpenID Connect provider of the tests, connected, its domain proven. */
  async connect(
    idp: { issuer: string; addClient: OidcIdp['addClient'] },
    more: Record<string, unknown> = {},
    { hasBackChannel = true } = {},
  ): Promise<Provider> {
    const client = newClient();
    idp.addClient(client);
    const provider = await created<Provider>(
      this.call('POST', '/sso-connections', {
        kind: 'oidc',
        name: 'Example provider',
        issuer: idp.issuer,
        ...client,
        ...more,
      }),
    );
    const { redirectUrl = '', backChannelLogOutUrl = '' } = provider.endpoints;
    idp.addClient(client, { redirectUrl, ...(hasBackChannel && { backChannelLogOutUrl }) });
    return this.withDomain(provider);
  }

  /** A SAML provider of the tests, connected, its domain proven. */
  async connectSaml(idp: SamlIdp, more: Record<string, unknown> = {}): Promise<Provider> {
    const provider = await created<Provider>(
      this.call('POST', '/sso-connections', {
        kind: 'saml',
        name: 'Example SAML provider',
        metadataUrl: idp.metadataUrl,
        // SAML has no word for a verified address.
        believesEmail: true,
        ...more,
      }),
    );
    const { metadataUrl = '' } = provider.endpoints;
    const { pathname } = new URL(metadataUrl);
    idp.trust((await this.scene.server.get(`/${pathname}`)).text);
    return this.withDomain(provider);
  }

  /** Adds a domain and proves it by DNS. */
  async prove(providerId: string, domain = this.domain): Promise<string> {
    const path = `/sso-connections/${providerId}/domains`;
    const added = await created<{ id: string; record: { name: string; value: string } }>(
      this.call('POST', path, { domain }),
    );
    this.scene.dns.records.set(added.record.name, ['v=spf1 -all', added.record.value]);
    const proven = await this.call('POST', `${path}/${added.id}/proof`, {});
    if (proven.status !== 200) throw new Error(`not proven: ${proven.text}`);
    return added.id;
  }

  private async withDomain(provider: Provider): Promise<Provider> {
    const { rows } = await this.scene.server.db.query(
      'SELECT 1 FROM sso_domains WHERE team_id = $1 AND domain = $2',
      [this.id, this.domain],
    );
    if (rows.length > 0) return provider;
    const id = await this.prove(provider.id);
    return { ...provider, domains: [{ id, domain: this.domain }] };
  }
}

let clients = 0;
export function newClient(): OidcClient {
  clients++;
  return {
    clientId: `gatehouse-${clients}`,
    clientSecret: `a client secret of the tests ${clients}`,
  };
}

async function created<T>(answer: Promise<Answer>): Promise<T> {
  const { status, text, body } = await answer;
  if (status !== 201) throw new Error(`not created: ${status} ${text}`);
  return body;
}

export type Purpose = 'log_in' | 'verify' | 'test';

/** A browser that signs in by single sign-on, step by step. */
export class SsoBrowser extends TestBrowser {
  constructor(
    readonly gatehouse: TestServer,
    from = HOME,
  ) {
    super(gatehouse, from);
  }

  /** The token in its session cookie. */
  get sessionToken(): string | undefined {
    return this.cookie(this.gatehouse.cookieName());
  }

  set sessionToken(token: string | null | undefined) {
    this.setCookie(this.gatehouse.cookieName(), token ?? null);
  }

  /** What `POST /sso-flows` answers; it sets the cookie. */
  startFlow(
    providerId: string,
    more: { purpose?: Purpose; challengeId?: string; returnPath?: string } = {},
  ): Promise<Answer> {
    return this.call('POST', '/api/v1/sso-flows', {
      json: { purpose: 'log_in', connectionId: providerId, ...more },
    });
  }

  /** Begins a flow. @returns where the browser is sent at the provider */
  async begin(
    providerId: string,
    more: Parameters<SsoBrowser['startFlow']>[1] = {},
  ): Promise<string> {
    const started = await this.startFlow(providerId, more);
    if (started.status !== 201) throw new Error(`not begun: ${started.status} ${started.text}`);
    return started.body.url ?? this.oidcUrl(providerId);
  }

  /** Where next-auth sends the browser. */
  async oidcUrl(providerId: string): Promise<string> {
    const answer = await this.postAuth(`signin/${providerId}`, { callbackUrl: '/' });
    if (answer.status !== 200) throw new Error(`no address: ${answer.status} ${answer.text}`);
    return answer.body.url;
  }

  /** A call of next-auth, with its CSRF token. */
  async postAuth(path: string, form: Record<string, string>): Promise<Answer> {
    const { body } = await this.call('GET', '/api/auth/csrf');
    return this.call('POST', `/api/auth/${path}`, {
      form: { csrfToken: body.csrfToken, json: 'true', ...form },
    });
  }

  /** Goes to a provider, logs in where it asks, and comes back. */
  async authenticate(
    url: string,
    email: string,
    password = IDP_PASSWORD,
  ): Promise<{ page: Page; wasAsked: boolean }> {
    const first = await this.visit(url);
    const wasAsked = first.text.includes('name="password"');
    let page = wasAsked ? await this.submit(first, { email, password }) : first;
    // Forms that a script would send: the answer of a SAML provider, the log-out of another user.
    for (let i = 0; i < 3 && !page.url.includes('/sso/') && /<script|onload/.test(page.text); i++) {
      page = await this.submit(page);
    }
    return { page, wasAsked };
  }

  /** What `/sso/complete` does after a log-in. @returns the session's token, or why there is none */
  async completeLogIn(url: string): Promise<{ token: string | null; error: string | null }> {
    const ticket = ticketOf(url);
    const answer = await this.postAuth('callback/sso', { ticket, callbackUrl: '/' });
    const error = new URL(answer.body.url, this.gatehouse.origin).searchParams.get('error');
    return { token: error === null ? (this.sessionToken ?? null) : null, error };
  }

  /** What `/sso/complete` does after a verification or a test. */
  complete(url: string): Promise<Answer> {
    return this.call('POST', '/api/v1/sso-flows/complete', { json: { ticket: ticketOf(url) } });
  }

  /** Up to where an account may have to be proven. @throws where the provider's answer is not taken */
  async arrive(
    providerId: string,
    email: string,
  ): Promise<{ token: string | null; error: string | null; url: string }> {
    const { page } = await this.authenticate(await this.begin(providerId), email);
    if (!page.url.includes('/sso/complete'))
      return { token: null, error: reasonOf(page.url), url: page.url };
    return { ...(await this.completeLogIn(page.url)), url: page.url };
  }

  /** A whole log-in; an account that has to be proven is, by its password. */
  async logIn(
    providerId: string,
    email: string,
  ): Promise<{ token: string | null; error: string | null; url: string }> {
    const arrived = await this.arrive(providerId, email);
    return { ...arrived, ...(await this.proveIfAsked(arrived)) };
  }

  /** Proves by its password an account that was asked for, so that a log-in goes on. */
  async proveIfAsked({ token, error }: { token: string | null; error: string | null }) {
    if (error !== 'proof_needed') return { token, error };
    const { status, body } = await this.join({ password: PASSWORD });
    return status === 201
      ? { token: this.sessionToken ?? null, error: null }
      : { token, error: body.reason ?? body.code };
  }

  /** Proves the account that a log-in waits for. */
  join(proof: { password: string } | { token: string }): Promise<Answer> {
    return this.call('POST', '/api/v1/sso-flows/join', { json: proof });
  }

  /** Asks for the link that proves it. */
  askJoinMail(): Promise<Answer> {
    return this.call('POST', '/api/v1/sso-flows/join-mail', { json: {} });
  }
}

/** The ticket of `/sso/complete`. */
export function ticketOf(url: string): string {
  const ticket = new URL(url).hash.slice(1);
  if (ticket === '') throw new Error(`not completed: ${url}`);
  return ticket;
}

/** The reason of `/sso/failed`. */
export function reasonOf(url: string): string {
  const { pathname, searchParams } = new URL(url);
  if (pathname !== '/sso/failed') throw new Error(`not refused: ${url}`);
  return searchParams.get('reason') ?? '';
}
