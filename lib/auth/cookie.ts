import { env } from '@/lib/platform/env';

/**
 * The browser's session cookie. Under https its name carries `__Host-`: no subdomain can plant one, and
 * it never travels in the clear.
 */
export function sessionCookieName(): string {
  return env().isSecure ? '__Host-gatehouse.session' : 'gatehouse.session';
}

export function sessionCookieOptions() {
  return { httpOnly: true, sameSite: 'lax', path: '/', secure: env().isSecure } as const;
}

/** A `Set-Cookie` value that puts a token in place; null removes the cookie. */
export function sessionSetCookie(token: string | null, expiresAt: Date): string {
  const parts = [
    `${sessionCookieName()}=${token ?? ''}`,
    'Path=/',
    'HttpOnly',
    'SameSite=Lax',
    `Expires=${(token === null ? new Date(0) : expiresAt).toUTCString()}`,
  ];
  if (env().isSecure) parts.push('Secure');
  return parts.join('; ');
}
