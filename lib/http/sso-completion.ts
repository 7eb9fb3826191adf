import { isGatehouseError } from '@/lib/contract/errors';
import type { Origin } from '@/lib/service/gate/actor';
import { knownError, logFailure } from '@/lib/service/known-error';
import type { Answered, Asked } from './call';

/**
 * Where the browser ends a single sign-on that was answered. The ticket works once, with the flow's cookie;
 * it stands behind the `#`, which no browser sends and no proxy logs.
 */
export function completionPath(received: {
  ticket: string;
  purpose: 'log_in' | 'verify' | 'test';
  returnPath: string;
}): string {
  const { ticket, purpose, returnPath } = received;
  return `/sso/complete?${new URLSearchParams({ purpose, to: returnPath })}#${ticket}`;
}

/** Where the browser reads why a single sign-on failed: a code of ours, nothing that the provider wrote. */
export function failurePath(
  error: unknown,
  { method }: Pick<Asked, 'method'>,
  origin: Origin,
): string {
  const known = knownError(error);
  logFailure(error, { requestId: origin.requestId, method });
  const { reason, cause } = isGatehouseError(error) ? error.extra : {};
  const query = new URLSearchParams({ reason: typeof reason === 'string' ? reason : known.code });
  if (typeof cause === 'string') query.set('cause', cause);
  return `/sso/failed?${query}`;
}

/** Sends a browser on. */
export function seeOther(location: string, cookies: string[]): Answered {
  const headers = { Location: location, 'Cache-Control': 'no-store', 'Set-Cookie': cookies };
  return { status: 303, headers, body: null };
}
