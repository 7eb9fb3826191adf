import { type NextRequest, NextResponse } from 'next/server';
import { PREFERENCE_SECONDS, TEAM_COOKIE } from '@/lib/contract/preferences';

/** Pages that anybody may open. */
const OPEN = /^\/(login|setup|invite|reset|verify|sso)(\/|$)/;

/** By http, with a port or without, and by https (lib/auth/cookie.ts). */
const SESSION_COOKIE = /^(?:gatehouse(?:\.\d+)?|__Host-gatehouse)\.session$/;

/**
 * A convenience and nothing more: a page visit without a session cookie goes to the log-in, and pages
 * say what they may load; what every answer says is added at the door. It decides nothing; every page
 * and call looks for the session itself.
 */
export function middleware(request: NextRequest): NextResponse {
  const { pathname, search } = request.nextUrl;
  const hasCookie = request.cookies.getAll().some(({ name }) => SESSION_COOKIE.test(name));
  if (!hasCookie && !OPEN.test(pathname) && pathname !== '/') {
    const login = new URL('/login', request.url);
    login.searchParams.set('callbackUrl', pathname + search);
    return NextResponse.redirect(login);
  }
  const nonce = btoa(crypto.randomUUID());
  const policy = contentSecurityPolicy(nonce);
  const headers = new Headers(request.headers);
  headers.set('content-security-policy', policy);
  headers.set('x-nonce', nonce);
  headers.set('x-gatehouse-path', pathname + search);
  const response = NextResponse.next({ request: { headers } });
  response.headers.set('Content-Security-Policy', policy);
  response.headers.set('Cache-Control', 'no-store');
  const team = pathname.match(/^\/teams\/([\w-]{1,64})(?:\/|$)/)?.[1];
  if (team !== undefined && request.cookies.get(TEAM_COOKIE)?.value !== team) {
    response.cookies.set(TEAM_COOKIE, team, {
      path: '/',
      httpOnly: true,
      sameSite: 'lax',
      maxAge: PREFERENCE_SECONDS,
    });
  }
  return response;
}

/** `unsafe-inline` for styles alone: how long a bar is stands in its style attribute. */
function contentSecurityPolicy(nonce: string): string {
  const isDevelopment = process.env.NODE_ENV === 'development';
  return [
    `default-src 'self'`,
    `script-src 'self' 'nonce-${nonce}' 'strict-dynamic'${isDevelopment ? " 'unsafe-eval'" : ''}`,
    `style-src 'self' 'unsafe-inline'`,
    `img-src 'self' data:`,
    `font-src 'self'`,
    `connect-src 'self'`,
    `object-src 'none'`,
    `base-uri 'none'`,
    `form-action 'self'`,
    `frame-ancestors 'none'`,
  ].join('; ');
}

export const config = { matcher: ['/((?!api/|_next/static|_next/image|icon.svg).*)'] };
