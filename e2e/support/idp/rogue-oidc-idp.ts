import { createHash, createHmac, type KeyObject, randomBytes, sign } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { exportJWK, generateKeyPair } from 'jose';
import { listen, shut } from '../listen';
import type { OidcClient } from './oidc-idp';

/**
 * An OpenID provider that does wrong what a test tells it to. It asks nobody for a password: whoever comes
 * is `claims.sub`. Without a change it is a good provider.
 */

export type Json = Record<string, unknown>;

/** What one answer is, in place of the good one. */
export type Fault =
  | { status: number; body: string; type?: string }
  /** Never. */
  | 'silent';

type Token = { header: Json; claims: Json };

export class RogueIdp {
  /** What tests set; `reset` takes it all back. */
  discovery: (document: Json) => Json = same;
  keys: (keys: Json[]) => Json[] = same;
  token: (token: Token) => Token = same;
  /** The compact ID token, after it was signed. */
  signed: (jwt: string) => string = same;
  userinfo: (claims: Json) => Json = same;
  /** The parameters that the browser brings back. */
  answer: (params: Record<string, string>) => Record<string, string> = same;
  faults: Partial<Record<'discovery' | 'jwks' | 'token' | 'userinfo', Fault>> = {};
  claims: Json = { sub: 'rogue-user' };

  /** How often each endpoint was asked. */
  readonly asked: Record<string, number> = {};
  /** The authorization requests, newest last. */
  readonly requests: URLSearchParams[] = [];

  private readonly codes = new Map<
    string,
    { nonce: string; challenge: string; clientId: string }
  >();
  private readonly clients = new Map<string, string>();

  private constructor(
    private readonly server: Server,
    readonly issuer: string,
    readonly privateKey: KeyObject,
    readonly publicJwk: Json,
  ) {}

  static async start(): Promise<RogueIdp> {
    const server = createServer();
    const { privateKey, jwk } = await newKey('key-1');
    const issuer = `http://127.0.0.1:${await listen(server)}`;
    const idp = new RogueIdp(server, issuer, privateKey, jwk);
    server.on('request', (request, response) => void idp.serve(request, response));
    return idp;
  }

  async stop(): Promise<void> {
    await shut(this.server);
  }

  /** A good provider again. */
  reset(): void {
    this.discovery = this.keys = this.token = this.signed = this.userinfo = this.answer = same;
    this.faults = {};
    this.claims = { sub: 'rogue-user' };
    this.requests.length = 0;
  }

  addClient({ clientId, clientSecret }: OidcClient): void {
    this.clients.set(clientId, clientSecret);
  }

  /** A token signed by this provider's key, or by whatever the header says and the test gives. */
  sign({ header, claims }: Token, key: KeyObject | string = this.privateKey): string {
    const input = `${encode(header)}.${encode(claims)}`;
    const signature =
      typeof key === 'string'
        ? createHmac('sha256', key).update(input).digest()
        : sign('sha256', Buffer.from(input), key);
    return `${input}.${signature.toString('base64url')}`;
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', this.issuer);
    const name = NAMES[url.pathname];
    this.asked[url.pathname] = (this.asked[url.pathname] ?? 0) + 1;
    const fault = name && this.faults[name];
    if (fault === 'silent') return;
    if (fault) {
      respond(response, fault.status, fault.body, fault.type);
      return;
    }
    const body = request.method === 'POST' ? new URLSearchParams(await text(request)) : null;
    switch (url.pathname) {
      case '/.well-known/openid-configuration':
        return respond(response, 200, JSON.stringify(this.discovery(this.document())));
      case '/jwks':
        return respond(response, 200, JSON.stringify({ keys: this.keys([this.publicJwk]) }));
      case '/auth': {
        this.requests.push(url.searchParams);
        const target = new URL(url.searchParams.get('redirect_uri') ?? '');
        for (const [key, value] of Object.entries(this.answer(this.grant(url.searchParams)))) {
          target.searchParams.set(key, value);
        }
        response.writeHead(302, { location: target.href }).end();
        return;
      }
      case '/token':
        return this.exchange(request, body ?? new URLSearchParams(), response);
      case '/userinfo':
        return respond(response, 200, JSON.stringify(this.userinfo({ ...this.claims })));
      default:
        return respond(response, 404, '{}');
    }
  }

  private document(): Json {
    const { issuer } = this;
    return {
      issuer,
      authorization_endpoint: `${issuer}/auth`,
      token_endpoint: `${issuer}/token`,
      jwks_uri: `${issuer}/jwks`,
      userinfo_endpoint: `${issuer}/userinfo`,
      id_token_signing_alg_values_supported: ['RS256'],
      token_endpoint_auth_methods_supported: ['client_secret_post'],
      authorization_response_iss_parameter_supported: true,
    };
  }

  private grant(asked: URLSearchParams): Record<string, string> {
    const code = randomBytes(24).toString('base64url');
    this.codes.set(code, {
      nonce: asked.get('nonce') ?? '',
      challenge: asked.get('code_challenge') ?? '',
      clientId: asked.get('client_id') ?? '',
    });
    return { code, state: asked.get('state') ?? '', iss: this.issuer };
  }

  private exchange(
    _request: IncomingMessage,
    form: URLSearchParams,
    response: ServerResponse,
  ): void {
    const grant = this.codes.get(form.get('code') ?? '');
    const challenge = createHash('sha256')
      .update(form.get('code_verifier') ?? '')
      .digest('base64url');
    const isRight =
      grant?.challenge === challenge &&
      this.clients.get(grant.clientId) === form.get('client_secret');
    if (!grant || !isRight) {
      respond(response, 400, JSON.stringify({ error: 'invalid_grant' }));
      return;
    }
    const now = Math.floor(Date.now() / 1_000);
    const good: Token = {
      header: { alg: 'RS256', kid: 'key-1', typ: 'JWT' },
      claims: {
        iss: this.issuer,
        aud: grant.clientId,
        iat: now,
        exp: now + 300,
        auth_time: now,
        nonce: grant.nonce,
        ...this.claims,
      },
    };
    const idToken = this.signed(this.sign(this.token(good)));
    const answer = { access_token: 'an access token', token_type: 'Bearer', id_token: idToken };
    respond(response, 200, JSON.stringify(answer));
  }
}

const NAMES: Record<string, 'discovery' | 'jwks' | 'token' | 'userinfo' | undefined> = {
  '/.well-known/openid-configuration': 'discovery',
  '/jwks': 'jwks',
  '/token': 'token',
  '/userinfo': 'userinfo',
};

/** A key of RSA and its public half, as a provider announces it. */
export async function newKey(kid: string): Promise<{ privateKey: KeyObject; jwk: Json }> {
  const { KeyObject } = await import('node:crypto');
  const { privateKey, publicKey } = await generateKeyPair('RS256', { extractable: true });
  const jwk = { ...(await exportJWK(publicKey)), kid, alg: 'RS256', use: 'sig' };
  return { privateKey: KeyObject.from(privateKey), jwk };
}

export const encode = (part: unknown) =>
  Buffer.from(typeof part === 'string' ? part : JSON.stringify(part)).toString('base64url');

function same<T>(value: T): T {
  return value;
}

function respond(
  response: ServerResponse,
  status: number,
  body: string,
  type = 'application/json',
): void {
  response.writeHead(status, { 'content-type': type });
  response.end(body);
}
