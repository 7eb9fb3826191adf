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
 * @param what is to be there, as in "No … at https://…", for the owner who typed it; null: whoever else brings
 * the reading about learns neither the address nor the cause
 * @throws url_not_allowed, provider_unavailable
 */
export async function readOutgoing(
  text: string,
  accept: string,
  path: string,
  what: string | null,
): Promise<string> {
  const isPublic = what !== null && !isListed(text);
  let cause = 'nothing that can be used was found there';
  try {
    const answer = await outgoing().guardedFetch(text, { accept });
    if (answer.status === 200) return answer.text;
    if (isPublic) cause = `it answered ${answer.status}`;
  } catch (error) {
    if (!(error instanceof OutgoingError)) throw error;
    if (error.reason === 'url_not_allowed') throw notAllowed(path);
    if (isPublic) cause = causeOf(error);
  }
  if (what === null) {
    throw invalidField(
      path,
      'Nothing usable found there',
      'The identity provider gave nothing that can be used. Try again shortly.',
      'provider_unavailable',
    );
  }
  const message = `No ${what} at ${text.slice(0, 300)} (${cause})`;
  throw invalidField(path, message, `${message}. Check the address.`, 'provider_unavailable');
}

/** Of a host that the operator has listed all failures look alike: it may stand inside, at any port. */
function isListed(text: string): boolean {
  const asked = outgoingRules(env().ssoAllowPrivateHosts).mayAsk(text);
  return asked.verdict === 'allowed' && asked.url.isListed;
}

/** Why a public host, which is asked at its https port alone, gave nothing. */
function causeOf({ reason, detail }: OutgoingError): string {
  if (reason === 'too_large') return 'its answer is too large';
  if (reason === 'bad_answer') {
    return detail.startsWith('redirect')
      ? 'it leads to another address'
      : 'its answer can’t be read';
  }
  if (/^(?:ENOTFOUND|EAI_|no address)/.test(detail)) return 'host not found';
  if (/CERT|SELF_SIGNED|ISSUER|ALTNAME|SSL|TLS/.test(detail)) return 'its certificate is not valid';
  return 'the host does not answer';
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
