import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decideSso,
  domainOf,
  isFreshLogIn,
  parseDomain,
  SSO_REFUSALS,
  type SsoDecision,
  type SsoFacts,
} from './sso';

const MEMBER = { userId: 'usr_1', isMember: true, isDisabled: false };
const OUTSIDER = { userId: 'usr_2', isMember: false, isDisabled: false };
const DISABLED = { userId: 'usr_3', isMember: true, isDisabled: true };
const GONE = { userId: 'usr_4', isMember: false, isDisabled: true };

/** A subject that nobody knows, whose email counts, and for whom an account would be made. */
const NEW: SsoFacts = {
  linked: null,
  email: 'new@example.com',
  emailVerified: true,
  believesEmail: false,
  isDomainProven: true,
  account: null,
  invitedAs: null,
  justInTimeRole: 'member',
};

const refused = (reason: string) => ({ outcome: 'refuse', reason });

describe('whom a subject is', () => {
  it.each<[string, Partial<SsoFacts>, unknown]>([
    ['known', { linked: MEMBER }, { outcome: 'known', userId: 'usr_1' }],
    ['known and disabled', { linked: DISABLED }, refused('account_disabled')],
    ['known and no longer in the team', { linked: OUTSIDER }, refused('not_in_team')],
    ['known, disabled and gone', { linked: GONE }, refused('account_disabled')],
    [
      'known, whatever is said of the email',
      {
        linked: MEMBER,
        email: null,
        emailVerified: false,
        isDomainProven: false,
        account: OUTSIDER,
      },
      { outcome: 'known', userId: 'usr_1' },
    ],
    ['without an email', { email: null }, refused('no_email')],
    ['with an unverified email', { emailVerified: false }, refused('email_not_verified')],
    [
      'F2: with an email of which nothing is said',
      { emailVerified: null },
      refused('email_verification_unknown'),
    ],
    [
      'F2: the same, with the email of a member',
      { emailVerified: null, account: MEMBER },
      refused('email_verification_unknown'),
    ],
    [
      'F2: the same, where an owner has chosen to believe it',
      { emailVerified: null, believesEmail: true },
      { outcome: 'create', role: 'member' },
    ],
    [
      'F2: believed, but denied by the provider itself',
      { emailVerified: false, believesEmail: true },
      refused('email_not_verified'),
    ],
    ['at a domain that is not proven', { isDomainProven: false }, refused('domain_not_proven')],
    ['F2: with a member’s email', { account: MEMBER }, { outcome: 'join', userId: 'usr_1' }],
    ['with a disabled member’s', { account: DISABLED }, refused('account_disabled')],
    [
      'with that of somebody in no team of this',
      { account: OUTSIDER },
      refused('account_elsewhere'),
    ],
    ['with a disabled outsider’s', { account: GONE }, refused('account_disabled')],
    [
      'with an outsider’s who is invited',
      { account: OUTSIDER, invitedAs: 'admin' },
      refused('account_elsewhere'),
    ],
    ['new', {}, { outcome: 'create', role: 'member' }],
    ['new and invited', { invitedAs: 'admin' }, { outcome: 'create', role: 'admin' }],
    [
      'new, invited, where none is made else',
      { invitedAs: 'owner', justInTimeRole: null },
      { outcome: 'create', role: 'owner' },
    ],
    ['new, where none is made', { justInTimeRole: null }, refused('no_account')],
  ])('%s', (_what, change, decision) => {
    expect(decideSso({ ...NEW, ...change })).toEqual(decision);
  });

  const person = fc.constantFrom(null, MEMBER, OUTSIDER, DISABLED, GONE);
  const facts: fc.Arbitrary<SsoFacts> = fc.record({
    linked: person,
    email: fc.constantFrom(null, 'new@example.com'),
    emailVerified: fc.constantFrom(null, true, false),
    believesEmail: fc.boolean(),
    isDomainProven: fc.boolean(),
    account: person,
    invitedAs: fc.constantFrom(null, 'owner', 'admin', 'member'),
    justInTimeRole: fc.constantFrom(null, 'admin', 'member'),
  });
  const holds = (property: (facts: SsoFacts, decision: SsoDecision) => boolean) =>
    fc.assert(
      fc.property(facts, (all) => property(all, decideSso(all))),
      { numRuns: 2_000 },
    );
  const isLet = ({ outcome }: SsoDecision) => outcome !== 'refuse';

  it('nobody is let in who is disabled, or is not and will not be in the team', () => {
    holds(({ linked, account }, decision) => {
      const who = linked ?? account;
      return !isLet(decision) || who === null || (who.isMember && !who.isDisabled);
    });
  });

  it('F2: an email counts for nobody who is known, and never unless its domain is proven and it is vouched for', () => {
    holds((all, decision) => {
      if (all.linked) return decision.outcome !== 'join' && decision.outcome !== 'create';
      const isVouchedFor = all.emailVerified ?? all.believesEmail;
      return !isLet(decision) || (all.isDomainProven && all.email !== null && isVouchedFor);
    });
  });

  it('F2: an account that the subject is not known by is never signed in to without a proof', () => {
    holds(({ linked }, decision) => decision.outcome !== 'known' || linked !== null);
  });

  it('an account is made where none is, with the role that somebody of the team has chosen', () => {
    holds(
      (all, decision) =>
        decision.outcome !== 'create' ||
        (all.account === null && decision.role === (all.invitedAs ?? all.justInTimeRole)),
    );
  });

  it('each refusal is met', () => {
    const met = new Set<string>();
    for (const all of fc.sample(facts, 20_000)) {
      const decision = decideSso(all);
      if (decision.outcome === 'refuse') met.add(decision.reason);
    }
    expect([...met].sort()).toEqual([...SSO_REFUSALS].sort());
  });
});

describe('whether the provider has asked again', () => {
  const startedAt = new Date('2026-11-22T12:00:00Z');
  const now = new Date('2026-11-22T12:05:00Z');
  const at = (text: string | null) => (text === null ? null : new Date(text));
  it.each<[string | null, boolean]>([
    [null, false],
    ['2026-11-22T11:58:59.999Z', false],
    ['2026-11-22T11:59:00Z', true],
    ['2026-11-22T12:00:00Z', true],
    ['2026-11-22T12:06:00Z', true],
    ['2026-11-22T12:06:00.001Z', false],
    ['1970-01-01T00:00:00Z', false],
    ['not a time', false],
  ])('%s: %s', (authenticatedAt, isFresh) => {
    expect(isFreshLogIn(at(authenticatedAt), { startedAt, now })).toBe(isFresh);
  });
});

describe('a domain', () => {
  it.each([
    ['example.com', 'example.com'],
    [' Example.COM ', 'example.com'],
    ['a.b-c.example', 'a.b-c.example'],
    ['xn--bcher-kva.example', 'xn--bcher-kva.example'],
    ['bücher.example', 'xn--bcher-kva.example'],
    ['exаmple.com', 'xn--exmple-4nf.com'],
    ['localhost', null],
    ['example', null],
    ['.example.com', null],
    ['example.com.', 'example.com'],
    ['a..b.example', null],
    ['-a.example', null],
    ['a_b.example', null],
    ['*.example.com', null],
    ['user@example.com', null],
    [`${'a'.repeat(64)}.example`, null],
    [`${'a.'.repeat(130)}example`, null],
    ['', null],
  ])('%j is %j', (text, domain) => {
    expect(parseDomain(text)).toBe(domain);
  });

  it('of an email stands after its last @', () => {
    expect(domainOf('valerie@example.com')).toBe('example.com');
  });
});
