import type { AuthOptions } from 'next-auth';
import Credentials from 'next-auth/providers/credentials';
import { isGatehouseError } from '@/lib/contract/errors';
import { env } from '@/lib/platform/env';
import { log } from '@/lib/platform/log';
import { parseReturnPath } from '@/lib/policy/return-path';
import type { Origin } from '@/lib/service/actor';
import { logIn } from '@/lib/service/authentication';
import { SESSION_DAYS } from '@/lib/store/session-facts';
import { sessionCookieName, sessionCookieOptions } from './cookie';

/**
 * Log-in in the browser. next-auth does the CSRF token and the cookie; the session is ours: its cookie
 * carries the same opaque token that the API issues, so that ending a session ends both. Nothing of
 * next-auth's own session (a JWT that nobody can revoke) is used.
 */
export function authOptions(origin: Origin, presentToken: string | null): AuthOptions {
  return {
    secret: env().authSecret,
    useSecureCookies: env().isSecure,
    session: { strategy: 'jwt', maxAge: SESSION_DAYS * 24 * 60 * 60 },
    cookies: {
      sessionToken: { name: sessionCookieName(), options: sessionCookieOptions() },
      // Under https no subdomain can plant it: one that is no address would end every log-in.
      callbackUrl: {
        name: `${env().isSecure ? '__Host-' : ''}gatehouse.callback`,
        options: sessionCookieOptions(),
      },
    },
    pages: { signIn: '/login', error: '/login' },
    providers: [
      Credentials({
        credentials: { email: {}, password: {} },
        authorize: (credentials) => authorize(credentials, origin, presentToken),
      }),
    ],
    callbacks: {
      redirect: ({ url, baseUrl }) => baseUrl + parseReturnPath(url, baseUrl),
      jwt: ({ token, user }) => (user && 'token' in user ? { ...token, token: user.token } : token),
    },
    jwt: {
      encode: async ({ token }) => (typeof token?.token === 'string' ? token.token : ''),
      // Nobody may read a session through next-auth: it knows neither its end nor the database's errors.
      decode: async () => null,
    },
    logger: {
      error: (code, metadata) => log().error({ code, metadata }, 'next-auth'),
      warn: (code) => log().warn({ code }, 'next-auth'),
      debug: () => undefined,
    },
  };
}

/** What becomes of an error: a fixed code, since next-auth puts the message into an address. */
async function authorize(
  credentials: Record<string, string> | undefined,
  origin: Origin,
  presentToken: string | null,
) {
  const { email, password } = credentials ?? {};
  if (typeof email !== 'string' || typeof password !== 'string') throw new Error('invalid_request');
  try {
    const session = await logIn(
      { email, password, clientName: 'Browser', replaces: presentToken },
      origin,
    );
    return { id: session.user.id, token: session.token };
  } catch (error) {
    if (isGatehouseError(error)) throw new Error(error.code);
    log().error({ err: error, requestId: origin.requestId }, 'log-in failed');
    throw new Error('unavailable');
  }
}
