import { toAsciiDomain } from './domain-name';
import type { Role } from './roles';

/**
 * Whom a provider's subject is here. The attacks: a provider of the attacker's that asserts somebody
 * else's email; one that lets him set his own; a team that claims a domain it does not own. So an account
 * is found by provider and subject alone. An email counts once, at the first log-in, only where the
 * provider says that it is verified and the team has proven the domain. Even then it opens
 * nothing: it says which account of the team the browser may prove, or lets a new one be made.
 */
export type SsoFacts = {
  /** Whom this subject was linked to. */
  linked: { userId: string; isMember: boolean; isDisabled: boolean } | null;
  /** Normalised; null: the provider told none that can be used. */
  email: string | null;
  /** What the provider says of it; null: nothing. */
  emailVerified: boolean | null;
  /** Whether an owner has chosen to believe an email of which this provider says nothing. */
  believesEmail: boolean;
  /** Whether the provider serves this domain, and it is proven. */
  isDomainProven: boolean;
  /** The account with this email, and whether it belongs to the provider's team. */
  account: { userId: string; isMember: boolean; isDisabled: boolean } | null;
  /** An open invitation of the team for this email. */
  invitedAs: Role | null;
  /** The role of accounts made at their first log-in; null: none is made. */
  justInTimeRole: Role | null;
};

/** How many domains a team may have, at all its providers: its pages and its requirement list them whole. */
export const SSO_DOMAINS_MAX = 100;

export const SSO_REFUSALS = [
  'account_disabled',
  'not_in_team',
  'no_email',
  'email_not_verified',
  'email_verification_unknown',
  'domain_not_proven',
  'account_elsewhere',
  'no_account',
] as const;
export type SsoRefusal = (typeof SSO_REFUSALS)[number];

export type SsoDecision =
  | { outcome: 'known'; userId: string }
  /** Of the team, and unknown to the provider yet: only whoever proves it goes on. */
  | { outcome: 'join'; userId: string }
  | { outcome: 'create'; role: Role }
  | { outcome: 'refuse'; reason: SsoRefusal };

/** The order of these lines is the policy. */
export function decideSso(facts: SsoFacts): SsoDecision {
  const { linked, account } = facts;
  if (linked) {
    if (linked.isDisabled) return refuse('account_disabled');
    if (!linked.isMember) return refuse('not_in_team');
    return { outcome: 'known', userId: linked.userId };
  }
  if (facts.email === null) return refuse('no_email');
  if (facts.emailVerified === false) return refuse('email_not_verified');
  if (facts.emailVerified === null && !facts.believesEmail) {
    return refuse('email_verification_unknown');
  }
  if (!facts.isDomainProven) return refuse('domain_not_proven');
  if (account?.isDisabled) return refuse('account_disabled');
  if (account?.isMember) return { outcome: 'join', userId: account.userId };
  if (account) return refuse('account_elsewhere');
  const role = facts.invitedAs ?? facts.justInTimeRole;
  return role === null ? refuse('no_account') : { outcome: 'create', role };
}

const refuse = (reason: SsoRefusal): SsoDecision => ({ outcome: 'refuse', reason });

/** How far two clocks may be apart, and how long a log-in at the provider may take to be told. */
export const SSO_SKEW_SECONDS = 60;

/**
 * Whether the provider has asked its user again for this flow. A silent round trip through its cookie
 * proves nothing about who sits there.
 * @param authenticatedAt what the provider says; null: it says nothing
 */
export function isFreshLogIn(
  authenticatedAt: Date | null,
  { startedAt, now }: { startedAt: Date; now: Date },
): boolean {
  if (authenticatedAt === null) return false;
  const skewMs = SSO_SKEW_SECONDS * 1000;
  const at = authenticatedAt.getTime();
  return at >= startedAt.getTime() - skewMs && at <= now.getTime() + skewMs;
}

const DOMAIN = /^(?=.{4,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}$/;

/** A domain as email addresses hold it: ASCII, lower case. @returns null when it is none */
export function parseDomain(text: string): string | null {
  const domain = toAsciiDomain(text);
  return domain !== null && DOMAIN.test(domain) ? domain : null;
}

/** The domain of a normalised email address. */
export function domainOf(email: string): string {
  return email.slice(email.lastIndexOf('@') + 1);
}
