import { ApiError } from '@/lib/client/api';
import { methodOf, requestPath } from '@/lib/contract/call-path';
import { ERROR_CODES, type ErrorCode } from '@/lib/contract/errors';
import { isSsoFailure, SSO_FAILURE_TEXT } from '@/lib/contract/sso-failures';
import { requestJson } from './call';

/**
 * Log-in of this browser through next-auth, by its own two calls. Its `signIn` helper leaves the page
 * for an address that does not exist when the server can't be reached, and what was typed is lost.
 */

const DETAIL: Partial<Record<ErrorCode, string>> = {
  invalid_credentials: 'The email or the password is wrong.',
  invalid_request: 'This is not an email and password that can be used here.',
  sso_required: 'Your team does not let this account use a password.',
  too_many_requests: 'Too many attempts. Wait a few minutes, then try again.',
  unavailable: 'Logging in is not possible at this moment. Try again shortly.',
};

/** @throws ApiError */
export async function logIn(email: string, password: string): Promise<void> {
  await askNextAuth('callback/credentials', { email, password });
}

/**
 * One call of next-auth, which answers by an address: where to go on, or one of ours with an error.
 * @param call below `/api/auth/`
 * @throws ApiError; `sso_refused` has its `reason`
 */
export async function askNextAuth(call: string, members: Record<string, string>): Promise<URL> {
  const { csrfToken } = await requestJson<{ csrfToken: string }>('/api/auth/csrf', {});
  const answer = await requestJson<{ url?: string }>(
    `/api/auth/${call}`,
    {
      method: 'POST',
      headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ ...members, csrfToken, json: 'true', callbackUrl: '/' }),
    },
    (status) => status === 200 || status === 401,
  );
  if (answer.url === undefined) throw refusal('internal_error');
  const url = new URL(answer.url, window.location.origin);
  const code = url.origin === window.location.origin ? url.searchParams.get('error') : null;
  if (code !== null) throw refusal(code);
  return url;
}

/** @param said one of our codes, with the seconds to wait where there are any; or a word of next-auth's */
function refusal(said: string): ApiError {
  const [code = '', wait] = said.split(':');
  if (isSsoFailure(code)) {
    const { status } = ERROR_CODES.sso_refused;
    return new ApiError(status, 'sso_refused', SSO_FAILURE_TEXT[code], { reason: code });
  }
  const known = Object.hasOwn(ERROR_CODES, code) ? (code as ErrorCode) : 'internal_error';
  const detail = DETAIL[known] ?? 'Logging in failed. Try again.';
  const problem = wait === undefined ? {} : { retryAfterSeconds: Number(wait) };
  return new ApiError(ERROR_CODES[known].status, known, detail, problem);
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
    await fetch(requestPath(END_SESSION, { params: { id: 'current' } }), {
      method: methodOf(END_SESSION),
      credentials: 'omit',
      headers: { Authorization: `Bearer ${token}` },
    }).catch(() => undefined);
  }
}
const END_SESSION = 'DELETE /sessions/{id}';
