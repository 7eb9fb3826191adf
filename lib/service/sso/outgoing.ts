import { type GatehouseError, invalidField } from '@/lib/contract/errors';
import { env } from '@/lib/platform/env';
import { createGuardedHttp, type GuardedHttp, OutgoingError } from '@/lib/platform/guarded-http';
import { type OutgoingFault, outgoingRules } from '@/lib/policy/outgoing-url';

/** Requests to addresses that users typed, each judged by name and by what it resolves to. */
export function outgoing(): GuardedHttp {
  return createGuardedHttp(outgoingRules(env().ssoAllowPrivateHosts));
}

/** Whether an address that a user typed may be used at all; asks nobody. @throws url_not_allowed */
export function requireAllowedUrl(text: string, path: string): string {
  const result = outgoingRules(env().ssoAllowPrivateHosts).mayAsk(text);
  if (result.verdict === 'allowed') return result.url.href;
  throw notAllowed(path, result.fault);
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
  throw invalidField(
    path,
    'Nothing usable found there',
    'Nothing that can be used was found at this address. Check it, and that the provider is up.',
    'provider_unavailable',
  );
}

/** @param fault what its text alone shows; what a name resolves to is nobody's to know */
function notAllowed(path: string, fault?: OutgoingFault): GatehouseError {
  const cause = (fault && CAUSES[fault]) ?? 'it must be https, at a public host';
  return invalidField(
    path,
    'Not a public https address',
    `This address can’t be used: ${cause}.`,
    'url_not_allowed',
  );
}

const CAUSES: Partial<Record<OutgoingFault, string>> = {
  malformed: 'it is not a whole address, such as https://login.example.com',
  scheme: 'it must begin with https://',
  user_info: 'it may hold no user name or password',
  port: 'a port may be named only for a host that the operator of this server has listed (SSO_ALLOW_PRIVATE_HOSTS)',
  host_is_local:
    'its host is inside a network; the operator of this server can list it (SSO_ALLOW_PRIVATE_HOSTS)',
};

export function notForBrowsers(path: string): GatehouseError {
  return invalidField(
    path,
    'Not an https address',
    'This address can’t be used: browsers are sent there by https alone.',
    'url_not_allowed',
  );
}
