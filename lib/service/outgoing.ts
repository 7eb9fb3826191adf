import { GatehouseError } from '@/lib/contract/errors';
import { env } from '@/lib/platform/env';
import { createGuardedHttp, type GuardedHttp, OutgoingError } from '@/lib/platform/guarded-http';
import { outgoingRules } from '@/lib/policy/outgoing-url';

/** Requests to addresses that users typed, each judged by name and by what it resolves to. */
export function outgoing(): GuardedHttp {
  return createGuardedHttp(outgoingRules(env().ssoAllowPrivateHosts));
}

/** Whether an address that a user typed may be used at all; asks nobody. @throws url_not_allowed */
export function requireAllowedUrl(text: string, path: string): string {
  const result = outgoingRules(env().ssoAllowPrivateHosts).mayAsk(text);
  if (result.verdict === 'allowed') return result.url.href;
  throw notAllowed(path);
}

/**
 * Reads what stands at an address that a user typed.
 * @param path the field that it was typed into
 * @throws url_not_allowed, provider_unavailable
 */
export async function readOutgoing(text: string, accept: string, path: string): Promise<string> {
  try {
    const answer = await outgoing().guardedFetch(text, { accept });
    if (answer.status === 200) return answer.text;
  } catch (error) {
    if (!(error instanceof OutgoingError)) throw error;
    if (error.reason === 'url_not_allowed') throw notAllowed(path);
  }
  throw new GatehouseError(
    'provider_unavailable',
    'Nothing that can be used was found at this address. Check it, and that the provider is up.',
    { extra: { errors: [{ path, message: 'Nothing usable found there' }] } },
  );
}

function notAllowed(path: string): GatehouseError {
  return new GatehouseError(
    'url_not_allowed',
    'This address can’t be used: it must be https, at a public host.',
    { extra: { errors: [{ path, message: 'Not a public https address' }] } },
  );
}
