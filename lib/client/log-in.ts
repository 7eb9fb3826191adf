import { ERROR_CODES, type ErrorCode } from '@/lib/contract/errors';
import { ApiError, requestJson } from './api';

/**
 * Log-in of this browser through next-auth, by its own two calls. Its `signIn` helper leaves the page
 * for an address that does not exist when the server can't be reached, and what was typed is lost.
 */

const DETAIL: Partial<Record<ErrorCode, string>> = {
  invalid_credentials: 'The e-mail or the password is wrong.',
  invalid_request: 'This is not an e-mail and password that can be used here.',
  too_many_requests: 'Too many attempts. Wait a few minutes, then try again.',
  unavailable: 'Logging in is not possible at this moment. Try again shortly.',
};

/** @throws ApiError */
export async function logIn(email: string, password: string): Promise<void> {
  const { csrfToken } = await requestJson<{ csrfToken: string }>('/api/auth/csrf', {});
  const { url } = await requestJson<{ url?: string }>(
    '/api/auth/callback/credentials',
    {
      method: 'POST',
      headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ csrfToken, email, password, json: 'true', callbackUrl: '/' }),
    },
    ({ ok, status }) => ok || status === 401,
  );
  const refusal = url === undefined ? null : new URL(url, window.location.origin).searchParams;
  const code = refusal?.get('error') ?? null;
  if (code === null) return;
  const known = code in ERROR_CODES ? (code as ErrorCode) : 'internal_error';
  throw new ApiError(
    ERROR_CODES[known].status,
    known,
    DETAIL[known] ?? 'Logging in failed. Try again.',
    {},
  );
}

/**
 * Turns a session that a call has just opened (set-up, an invitation) into one of this browser: logs in
 * with the same password, and ends the other, whose token nobody keeps.
 * @throws ApiError of the log-in; the other session has ended even then
 */
export async function takeSessionIntoBrowser(
  token: string,
  credentials: { email: string; password: string },
): Promise<void> {
  try {
    await logIn(credentials.email, credentials.password);
  } finally {
    // Without the cookie: two credentials in one request are refused. Should it fail, the session ends
    // by itself: no program holds its token.
    await fetch('/api/v1/sessions/current', {
      method: 'DELETE',
      credentials: 'omit',
      headers: { Authorization: `Bearer ${token}` },
    }).catch(() => undefined);
  }
}
