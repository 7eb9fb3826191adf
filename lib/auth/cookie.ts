import { env } from '@/lib/platform/env';
import { parseCookies } from '@/lib/policy/cookies';

/**
 * What the name of a cookie of ours is. Under https it carries `__Host-`: no subdomain can plant one, and
 * it never travels in the clear. By http it holds the port: a browser keeps one jar for all ports of a host,
 * and two instances there would take each other's session away.
 */
export function cookieName(name: string): string {
  const { isSecure, appUrl } = env();
  if (isSecure) return `__Host-gatehouse.${name}`;
  return appUrl.port === '' ? `gatehouse.${name}` : `gatehouse.${appUrl.port}.${name}`;
}

export function sessionCookieName(): string {
  return cookieName('session');
}

export function sessionCookieOptions() {
  return { httpOnly: true, sameSite: 'lax', path: '/', secure: env().isSecure } as const;
}

/** A `Set-Cookie` value. @param life in seconds, or until when */
export function setCookie(name: string, value: string, life: number | Date): string {
  const end = life instanceof Date ? `Expires=${life.toUTCString()}` : `Max-Age=${life}`;
  const secure = env().isSecure ? '; Secure' : '';
  return `${name}=${value}; Path=/; HttpOnly; SameSite=Lax; ${end}${secure}`;
}

/** A `Set-Cookie` value that puts a token in place; null removes the cookie. */
export function sessionSetCookie(token: string | null, expiresAt: Date): string {
  return setCookie(sessionCookieName(), token ?? '', token === null ? new Date(0) : expiresAt);
}

/** The cookie that binds a single sign-on to the browser that began it. */
export function ssoCookieName(): string {
  return cookieName('sso');
}

/** Longer than a flow with the proof of an account may take; the server ends both by itself. */
const SSO_COOKIE_SECONDS = 30 * 60;

/** A `Set-Cookie` value for it; null removes the cookie. */
export function ssoSetCookie(token: string | null): string {
  return setCookie(ssoCookieName(), token ?? '', token === null ? 0 : SSO_COOKIE_SECONDS);
}

/** @returns its value; null also when it comes twice: one of them was planted */
export function readSsoCookie(headers: Pick<Headers, 'get'>): string | null {
  const values = parseCookies(headers.get('cookie') ?? '')
    .filter(({ name }) => name === ssoCookieName())
    .map(({ value }) => value);
  return values.length === 1 && values[0] ? values[0] : null;
}
