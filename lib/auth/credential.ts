import { GatehouseError } from '@/lib/contract/errors';
import { hashToken } from '@/lib/platform/token';
import { type Cookie, parseCookies } from '@/lib/policy/cookies';
import { sessionCookieName } from './cookie';

/** What is read of a request's headers. */
export type ReadHeaders = Pick<Headers, 'get' | 'has'>;

export type Credential = { kind: 'bearer' | 'cookie'; token: string; tokenHash: Uint8Array };

const TOKEN = /^gate_[A-Za-z0-9_-]{43}$/;

/**
 * The one credential of a request. Two of them are two identities, and whichever were taken could be
 * the planted one: so they are refused. A query string is never looked at.
 * @returns null when there is none, or one that can't be a token
 * @throws invalid_request
 */
export function parseCredential(headers: ReadHeaders): Credential | null {
  const authorization = headers.get('authorization');
  const cookies = sessionCookies(headers);
  if (cookies.length + (authorization === null ? 0 : 1) > 1) {
    throw new GatehouseError(
      'invalid_request',
      'Send one credential: a bearer token or one session cookie.',
    );
  }
  if (authorization !== null) {
    const token = /^Bearer (\S+)$/i.exec(authorization)?.[1];
    return token && TOKEN.test(token)
      ? { kind: 'bearer', token, tokenHash: hashToken(token) }
      : null;
  }
  const [cookie] = cookies;
  return cookie?.name === sessionCookieName() && TOKEN.test(cookie.value)
    ? { kind: 'cookie', token: cookie.value, tokenHash: hashToken(cookie.value) }
    : null;
}

/**
 * All cookies that are, or are named like, the session cookie: next-auth glues the parts of a long
 * cookie together by their names, so a planted `….1` would change what it reads.
 */
function sessionCookies(headers: ReadHeaders): Cookie[] {
  return parseCookies(headers.get('cookie') ?? '').filter(({ name }) =>
    name.startsWith(sessionCookieName()),
  );
}

/** Whether a browser sent what is, or is named like, the session cookie. */
export function hasSessionCookie(headers: ReadHeaders): boolean {
  return sessionCookies(headers).length > 0;
}
