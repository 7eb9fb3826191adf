import type { Origin } from '@/lib/service/gate/actor';
import type { SsoResult } from '@/lib/store/sso/flows';
import type { StoredSsoConnection } from '@/lib/store/sso/providers';
import { shownClaims } from './claims';
import { type Received, receiveSsoResult, requirePendingFlow } from './flows';
import { settingsOf } from './providers';
import { ssoRefused } from './refused';

const SUBJECT_LENGTH_MAX = 255;

/**
 * Takes the claims of a checked ID token for the flow that this browser has under way. The attack: a token
 * of another issuer, or the answer of one connection at the call-back of another.
 * @throws sso_refused
 */
export async function receiveOidcClaims(
  browserToken: string | null,
  connectionId: string,
  claims: Record<string, unknown>,
  origin: Origin,
): Promise<Received> {
  const { flow, connection } = await requirePendingFlow(browserToken, connectionId);
  const ticket = await receiveSsoResult(flow.id, parseClaims(connection, claims), origin);
  return { ticket, purpose: flow.purpose, returnPath: flow.returnPath, browserToken: null };
}

function parseClaims(connection: StoredSsoConnection, claims: Record<string, unknown>): SsoResult {
  const settings = settingsOf(connection);
  const { iss, sub, email, email_verified, name, auth_time, sid } = claims;
  if (settings.kind !== 'oidc' || iss !== settings.issuer) throw ssoRefused('invalid_response');
  if (typeof sub !== 'string' || !isSubject(sub)) throw ssoRefused('invalid_response');
  return {
    subject: sub,
    email: typeof email === 'string' ? email : null,
    emailVerified: parseVerified(email_verified),
    name: typeof name === 'string' ? name : null,
    authenticatedAt: parseAuthTime(auth_time),
    sessionIndex: typeof sid === 'string' ? sid.slice(0, SUBJECT_LENGTH_MAX) : null,
    claims: shownClaims(JSON.parse(JSON.stringify(claims))),
  };
}

/** True or false; Amazon and Apple write them as text. Anything else that is said is no yes. */
function parseVerified(value: unknown): boolean | null {
  if (value === undefined || value === null) return null;
  return value === true || value === 'true';
}

const isSubject = (sub: string) =>
  sub.length > 0 && sub.length <= SUBJECT_LENGTH_MAX && /^[\x20-\x7e]+$/.test(sub);

/** Seconds since 1970, as a number (OpenID Connect Core, 2). Anything else says nothing. */
function parseAuthTime(value: unknown): string | null {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value <= 0) return null;
  const at = new Date(value * 1_000);
  return Number.isNaN(at.getTime()) ? null : at.toISOString();
}
