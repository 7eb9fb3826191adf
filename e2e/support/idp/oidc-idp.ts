import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { exportJWK, generateKeyPair } from 'jose';
import { type Adapter, type AdapterPayload, type ClientMetadata, Provider } from 'oidc-provider';
import { listen, shut } from '../listen';

/**
 * An OpenID provider for tests: `oidc-provider`, with a log-in page that a browser or a test fills. It asks
 * again for `prompt=login` and `max_age`, tells the email by `userinfo` alone, and logs out by back channel.
 */

export type OidcAccount = {
  /** The `sub`. */
  id: string;
  email: string;
  emailVerified: boolean;
  name: string;
  password: string;
};

export type OidcClient = { clientId: string; clientSecret: string };

export class OidcIdp {
  /** What tests change while it runs. */
  readonly accounts: OidcAccount[];
  /** The authorization requests that came, newest last. */
  readonly requests: URLSearchParams[] = [];

  private readonly store = new Map<string, AdapterPayload>();
  private readonly clients = new Map<string, ClientMetadata>();
  private provider!: Provider;

  private constructor(
    private readonly server: Server,
    readonly issuer: string,
    accounts: readonly OidcAccount[],
  ) {
    this.accounts = [...accounts];
  }

  static async start(accounts: readonly OidcAccount[], port = 0): Promise<OidcIdp> {
    const server = createServer();
    const issuer = `http://127.0.0.1:${await listen(server, port)}`;
    const idp = new OidcIdp(server, issuer, accounts);
    await idp.rotateKeys();
    server.on('request', (request, response) => void idp.serve(request, response));
    return idp;
  }

  async stop(): Promise<void> {
    await shut(this.server);
  }

  /** Makes a relying party known. Its addresses can be told later, since they hold the provider's id. */
  addClient({ clientId, clientSecret }: OidcClient, urls?: ClientUrls): void {
    this.clients.set(clientId, {
      client_id: clientId,
      client_secret: clientSecret,
      redirect_uris: [urls?.redirectUrl ?? 'https://not.told.yet.example/'],
      ...(urls?.backChannelLogOutUrl && {
        backchannel_logout_uri: urls.backChannelLogOutUrl,
        backchannel_logout_session_required: true,
      }),
    });
  }

  /** From now on it signs with another key, and announces no other. Its sessions go on. */
  async rotateKeys(): Promise<void> {
    const { privateKey } = await generateKeyPair('RS256', { extractable: true });
    const key = { ...(await exportJWK(privateKey)), alg: 'RS256', use: 'sig' };
    const { store, clients, accounts, issuer } = this;
    const { port } = new URL(issuer);
    this.provider = new Provider(issuer, {
      adapter: (model: string) => new MemoryAdapter(model, store, clients),
      jwks: { keys: [key] },
      // Cookies know no ports: two providers on one machine need two names.
      cookies: {
        keys: ['a key of the tests'],
        names: {
          session: `idp_session_${port}`,
          interaction: `idp_interaction_${port}`,
          resume: `idp_resume_${port}`,
        },
      },
      claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'] },
      // Its own guard would not call a server on this machine.
      fetch: (url, options) => fetch(url, { ...options, dispatcher: undefined } as RequestInit),
      features: { devInteractions: { enabled: false }, backchannelLogout: { enabled: true } },
      ttl: {
        AccessToken: 600,
        AuthorizationCode: 60,
        Grant: 3_600,
        IdToken: 600,
        Interaction: 600,
        Session: 3_600,
      },
      interactions: { url: (_context, { uid }) => `/interaction/${uid}` },
      findAccount: (_context, id) => {
        const account = accounts.find((candidate) => candidate.id === id);
        return (
          account && {
            accountId: id,
            claims: () => ({
              sub: id,
              email: account.email,
              email_verified: account.emailVerified,
              name: account.name,
            }),
          }
        );
      },
      // Everything is granted: these are the tests of who logs in, not of what is allowed.
      loadExistingGrant: async ({ oidc }) => {
        const grant = new oidc.provider.Grant({
          clientId: oidc.client?.clientId ?? '',
          accountId: oidc.session?.accountId ?? '',
        });
        grant.addOIDCScope('openid email profile');
        await grant.save();
        return grant;
      },
    });
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', this.issuer);
    if (url.pathname === '/auth') this.requests.push(url.searchParams);
    if (!url.pathname.startsWith('/interaction/')) {
      await this.provider.callback()(request, response);
      return;
    }
    try {
      await this.interact(request, response);
    } catch (error) {
      respond(response, 400, `<h1>This did not work</h1><p>${escapeHtml(String(error))}</p>`);
    }
  }

  private async interact(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { uid } = await this.provider.interactionDetails(request, response);
    if (request.method !== 'POST') {
      respond(response, 200, logInForm(uid));
      return;
    }
    const form = new URLSearchParams(await text(request));
    if (form.has('cancel')) {
      await this.provider.interactionFinished(request, response, { error: 'access_denied' });
      return;
    }
    const account = this.accounts.find(
      ({ email, password }) => email === form.get('email') && password === form.get('password'),
    );
    if (!account) {
      respond(response, 401, logInForm(uid, 'Wrong email or password.'));
      return;
    }
    const result = { login: { accountId: account.id, remember: true } };
    await this.provider.interactionFinished(request, response, result, {
      mergeWithLastSubmission: false,
    });
  }
}

type ClientUrls = { redirectUrl: string; backChannelLogOutUrl?: string };

/** Keeps a provider's things in a map that outlives it; clients stand in one of their own. */
class MemoryAdapter implements Adapter {
  constructor(
    private readonly model: string,
    private readonly store: Map<string, AdapterPayload>,
    private readonly clients: Map<string, ClientMetadata>,
  ) {}

  private key = (id: string) => `${this.model} ${id}`;

  async upsert(id: string, payload: AdapterPayload): Promise<void> {
    this.store.set(this.key(id), payload);
  }

  async find(id: string): Promise<AdapterPayload | undefined> {
    if (this.model === 'Client') return this.clients.get(id) as AdapterPayload | undefined;
    return this.store.get(this.key(id));
  }

  async findByUid(uid: string): Promise<AdapterPayload | undefined> {
    return this.findWhere((payload) => payload.uid === uid);
  }

  async findByUserCode(userCode: string): Promise<AdapterPayload | undefined> {
    return this.findWhere((payload) => payload.userCode === userCode);
  }

  async consume(id: string): Promise<void> {
    const payload = this.store.get(this.key(id));
    if (payload) payload.consumed = Math.floor(Date.now() / 1_000);
  }

  async destroy(id: string): Promise<void> {
    this.store.delete(this.key(id));
  }

  async revokeByGrantId(grantId: string): Promise<void> {
    for (const [key, payload] of this.store) {
      if (key.startsWith(this.key('')) && payload.grantId === grantId) this.store.delete(key);
    }
  }

  private findWhere(matches: (payload: AdapterPayload) => boolean): AdapterPayload | undefined {
    const prefix = this.key('');
    return [...this.store].find(
      ([key, payload]) => key.startsWith(prefix) && matches(payload),
    )?.[1];
  }
}

function respond(response: ServerResponse, status: number, body: string): void {
  response.writeHead(status, { 'content-type': 'text/html; charset=utf-8' });
  response.end(
    `<!doctype html><html lang="en"><meta charset="utf-8"><title>Example OpenID provider</title><body>${body}</body></html>`,
  );
}

function logInForm(uid: string, message = ''): string {
  return [
    '<h1>Example OpenID provider</h1>',
    message && `<p role="alert">${message}</p>`,
    `<form method="post" action="/interaction/${uid}">`,
    '<p><label>Email <input name="email" type="email" autocomplete="username"></label></p>',
    '<p><label>Password <input name="password" type="password" autocomplete="current-password"></label></p>',
    '<p><button>Log in</button> <button name="cancel" value="yes">Cancel</button></p></form>',
  ].join('');
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
