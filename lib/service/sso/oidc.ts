import type { SsoSettings } from '@/lib/contract/sso';
import type { SsoResult } from '@/lib/store/sso/flows';
import { shownClaims } from './claims';
import { ssoRefused } from './flows';

const SUBJECT_LENGTH_MAX = 255;

/** What is read of the claims of a checked ID token, which must be its provider's. @throws sso_refused */
export function parseOidcClaims(settings: SsoSettings, claims: Record<string, unknown>): SsoResult {
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
