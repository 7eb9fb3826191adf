import NextAuth, { type AuthOptions, type Profile } from 'next-auth';
import Credentials from 'next-auth/providers/credentials';
import type { OAuthConfig } from 'next-auth/providers/oauth';
import { custom, errors } from 'openid-client';
import { GatehouseError } from '@/lib/contract/errors';
import type { NewSession } from '@/lib/contract/resources';
import type { SsoFailure } from '@/lib/contract/sso';
import { env } from '@/lib/platform/env';
import { OutgoingError } from '@/lib/platform/guarded-http';
import { log } from '@/lib/platform/log';
import { parseReturnPath } from '@/lib/policy/return-path';
import { SESSION_DAYS } from '@/lib/policy/session';
import { SSO_SKEW_SECONDS } from '@/lib/policy/sso';
import { logIn } from '@/lib/service/account/authentication';
import type { Origin } from '@/lib/service/gate/actor';
import { knownError, logFailure } from '@/lib/service/known-error';
import { type OidcAnswer, type OidcFlow, requireOidcFlow } from '@/lib/service/sso/call-back';
import { logInBySso } from '@/lib/service/sso/end';
import {
  cookieName,
  readSsoCookie,
  sessionCookieName,
  sessionCookieOptions,
  setCookie,
} from './cookie';
import { parseCredential } from './credential';

/** A path under `/api/auth/`, in its segments. */
export type NextAuthContext = { params: Promise<{ nextauth: string[] }> };

type OnAnswer = (answer: OidcAnswer) => void;

/**
 * Log-in in the browser. next-auth does the CSRF token and the cookie; the session is ours: its cookie
 * carries the same opaque token that the API issues, so that ending a session ends both. Nothing of
 * next-auth's own session (a JWT that nobody can revoke) is used.
 * @param flow that the browser has under way with an identity provider; null: this is no call of one
 */
export async function callNextAuth(
  request: Request,
  context: NextAuthContext,
  flow: OidcFlow | null,
  origin: Origin,
  onAnswer: OnAnswer = () => undefined,
) {
  const options = authOptions(request.headers, flow, origin, onAnswer);
  const answer = await NextAuth(request as never, context as never, options);
  answer.headers.set('Cache-Control', 'no-store');
  answer.headers.set('X-Request-Id', origin.requestId);
  return answer;
}

/**
 * Sends a browser to the provider with which it has a flow under way.
 * @throws sso_refused, not_found, provider_unavailable, too_many_requests
 */
export async function startOidc(
  request: Request,
  context: NextAuthContext,
  providerId: string,
  origin: Origin,
) {
  const flow = await requireOidcFlow(readSsoCookie(request.headers), providerId, origin);
  return callNextAuth(request, context, flow, origin);
}

/** What came of an answer with which a provider has sent a browser back: its state, code and ID token. */
export async function checkOidcAnswer(
  request: Request,
  context: NextAuthContext,
  flow: OidcFlow,
  origin: Origin,
): Promise<OidcAnswer> {
  let answer: OidcAnswer = { refusal: refusalSaid(new URL(request.url).searchParams.get('error')) };
  await callNextAuth(request, context, flow, origin, (found) => {
    answer = found;
  });
  return answer;
}

/** @param said the error that the provider itself names; null: none */
function refusalSaid(said: string | null): SsoFailure {
  if (said === null) return 'invalid_response';
  return said === 'access_denied' ? 'cancelled' : 'provider_refused';
}

function authOptions(
  headers: Headers,
  flow: OidcFlow | null,
  origin: Origin,
  onAnswer: OnAnswer,
): AuthOptions {
  const browserToken = readSsoCookie(headers);
  const credential = parseCredential(headers);
  /** Of the session that the browser has now. */
  const presentToken = credential?.kind === 'cookie' ? credential.token : null;
  return {
    secret: env().authSecret,
    useSecureCookies: env().isSecure,
    session: { strategy: 'jwt', maxAge: SESSION_DAYS * 24 * 60 * 60 },
    cookies: {
      sessionToken: { name: sessionCookieName(), options: sessionCookieOptions() },
      // Under https no subdomain can plant one: an address that is none would end every log-in, and a
      // state of the thief's would end in the thief's account.
      callbackUrl: ownCookie('callback'),
      csrfToken: ownCookie('csrf'),
      pkceCodeVerifier: ownCookie('pkce', FLOW_SECONDS),
      state: ownCookie('state', FLOW_SECONDS),
      nonce: ownCookie('nonce', FLOW_SECONDS),
    },
    pages: { signIn: '/login', error: '/login' },
    providers: [
      Credentials({
        credentials: { email: {}, password: {} },
        authorize: (credentials) => authorize(credentials, origin, presentToken),
      }),
      Credentials({
        id: 'sso',
        credentials: { ticket: {} },
        authorize: (credentials) =>
          orFixedCode(origin, () => {
            const ticket = requireText(credentials?.ticket);
            return logInBySso({ browserToken, ticket, replaces: presentToken }, origin);
          }),
      }),
      ...(flow ? [oidcProvider(flow, onAnswer)] : []),
    ],
    callbacks: {
      // What a provider said is no log-in yet: it is kept for `/sso/complete`, where all of them end.
      signIn: ({ account, profile }) => {
        if (account?.provider !== flow?.providerId) return true;
        onAnswer({ profile: { ...profile } });
        return '/';
      },
      redirect: ({ url, baseUrl }) => baseUrl + parseReturnPath(url, baseUrl),
      jwt: ({ token, user }) => (user && 'token' in user ? { ...token, token: user.token } : token),
    },
    jwt: {
      encode: async ({ token }) => (typeof token?.token === 'string' ? token.token : ''),
      // Nobody may read a session through next-auth: it knows neither its end nor the database's errors.
      decode: async () => null,
    },
    logger: {
      // Whatever a caller or a provider sends can be an error here. It has tokens and codes hung on it.
      error: (code, metadata) =>
        log().warn(
          {
            code,
            fault: describeError(errorIn(metadata)),
            providerId: flow?.providerId,
            requestId: origin.requestId,
          },
          'next-auth',
        ),
      warn: (code) => log().warn({ code }, 'next-auth'),
      debug: () => undefined,
    },
  };
}

/** How long a person may take at the provider. */
const FLOW_SECONDS = 15 * 60;

/** Of a flow between its start and its call-back, beside our own. */
const FLOW_COOKIES = ['pkce', 'state', 'nonce'];

/** `Set-Cookie` values that remove what an answered flow has left. */
export const spentOidcCookies = () =>
  FLOW_COOKIES.map((name) => setCookie(cookieName(name), '', 0));

function ownCookie(name: string, maxAge?: number) {
  return {
    name: cookieName(name),
    options: { ...sessionCookieOptions(), ...(maxAge !== undefined && { maxAge }) },
  };
}

/**
 * A provider as next-auth reads it, built for this request alone. The ID token's issuer, audience, times,
 * nonce, signature and algorithm are checked by openid-client; `userinfo` must name the same subject.
 */
function oidcProvider(flow: OidcFlow, onAnswer: OnAnswer): OAuthConfig<Profile> {
  const { settings, discovery } = flow;
  const { endpoints } = discovery;
  // next-auth itself says to its log alone why an answer was not accepted.
  const orRefusal = <T>(work: () => Promise<T>) =>
    work().catch((error: unknown) => {
      onAnswer({ refusal: refusalOf(error) });
      throw error;
    });
  return {
    id: flow.providerId,
    name: flow.name,
    type: 'oauth',
    issuer: settings.issuer,
    clientId: settings.clientId,
    clientSecret: flow.clientSecret,
    client: {
      id_token_signed_response_alg: settings.signingAlgorithm,
      token_endpoint_auth_method: settings.tokenAuthMethod,
    },
    authorization: {
      url: endpoints.authorization,
      params: {
        scope: settings.scopes,
        ...(flow.asksAgain && { prompt: discovery.promptAgain, max_age: 0 }),
      },
    },
    checks: ['pkce', 'state', 'nonce'],
    idToken: true,
    jwks_endpoint: endpoints.jwks,
    token: {
      url: endpoints.token,
      request: ({ client, params, checks, provider: { callbackUrl } }) =>
        orRefusal(async () => {
          if (discovery.namesItself && !params.iss) throw new Error('the answer names no issuer');
          // The code alone: tokens in an address would be an implicit flow.
          const { code, state, iss, error: said } = params;
          const answer = { code, state, ...(iss ? { iss } : {}), ...(said ? { error: said } : {}) };
          const asked = { ...checks, response_type: 'code' };
          // `nbf` and `exp` by two clocks, as `iat` below.
          client[custom.clock_tolerance] = SSO_SKEW_SECONDS;
          return { tokens: requireRecent(await client.callback(callbackUrl, answer, asked)) };
        }),
    },
    userinfo: {
      ...(endpoints.userinfo !== null && { url: endpoints.userinfo }),
      request: ({ client, tokens }) =>
        orRefusal(async () => {
          // A token set, though its type does not say so.
          const checked = tokens as Exclude<Parameters<typeof client.userinfo>[0], string>;
          const claims = checked.claims();
          if (claims.email !== undefined || endpoints.userinfo === null) return claims as Profile;
          const info = await client.userinfo(checked);
          // Whether it is verified is said by whoever tells the address.
          const { email, email_verified } = info;
          return { ...info, ...claims, email, email_verified } as Profile;
        }),
    },
    httpOptions: { timeout: 5_000, agent: flow.agent },
    profile: (claims) => ({ id: String(claims.sub) }),
  };
}

/** What a person is told of an answer that was not accepted. */
function refusalOf(error: unknown): SsoFailure {
  const isDown = error instanceof errors.OPError && (error.response?.statusCode ?? 0) >= 500;
  const isUnreachable = error instanceof OutgoingError && error.reason === 'unreachable';
  return isDown || isUnreachable ? 'provider_unreachable' : 'invalid_response';
}

/**
 * An ID token is made for the code that was just given, which openid-client does not ask of it.
 * @throws when it is older than a sign-in may take, or of the future
 */
function requireRecent<T extends { claims: () => { iat: number } }>(tokens: T): T {
  const age = Date.now() / 1_000 - tokens.claims().iat;
  if (age <= TOKEN_AGE_SECONDS && age >= -SSO_SKEW_SECONDS) return tokens;
  throw new Error('the ID token was not made just now');
}

const TOKEN_AGE_SECONDS = 10 * 60;

/** The name and the words of an error, cut short, and nothing that hangs on it. */
function describeError(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message.slice(0, 300)}` : 'unknown';
}

function errorIn(metadata: unknown): unknown {
  const isHolder = typeof metadata === 'object' && metadata !== null && 'error' in metadata;
  return isHolder ? metadata.error : metadata;
}

async function authorize(
  credentials: Record<string, string> | undefined,
  origin: Origin,
  presentToken: string | null,
) {
  return orFixedCode(origin, () => {
    const email = requireText(credentials?.email);
    const password = requireText(credentials?.password);
    return logIn({ email, password, clientName: 'Browser', replaces: presentToken }, origin);
  });
}

/**
 * What becomes of an error: a fixed code, since next-auth puts the message into an address; with the seconds
 * to wait, where there are any.
 */
async function orFixedCode(origin: Origin, work: () => Promise<NewSession>) {
  try {
    const session = await work();
    return { id: session.user.id, token: session.token };
  } catch (error) {
    logFailure(error, { requestId: origin.requestId });
    const { code, extra } = knownError(error);
    const { reason, retryAfterSeconds } = extra;
    if (typeof reason === 'string') throw new Error(reason);
    throw new Error(typeof retryAfterSeconds === 'number' ? `${code}:${retryAfterSeconds}` : code);
  }
}

function requireText(value: unknown): string {
  if (typeof value === 'string') return value;
  throw new GatehouseError('invalid_request', 'Something is missing.');
}
