import { SSO_SKEW_SECONDS } from '@/lib/policy/sso';
import { readAttributes } from './attributes';
import { readInstant } from './instant';
import { refuse } from './refusal';
import type { SamlSettings } from './settings';
import { onlyChild, onlyThese } from './structure';
import { attributeOf, childrenNamed, elementsIn, is, NS, textOf } from './xml';

const BEARER = 'urn:oasis:names:tc:SAML:2.0:cm:bearer';
const TRANSIENT = 'urn:oasis:names:tc:SAML:2.0:nameid-format:transient';
const ENTITY = 'urn:oasis:names:tc:SAML:2.0:nameid-format:entity';
const MAX_SUBJECT = 256;
export const SKEW_MS = SSO_SKEW_SECONDS * 1000;

/** What an assertion says of its bearer. Read from signed bytes alone. */
export type AssertionFacts = {
  subject: string;
  nameIdFormat: string | null;
  attributes: Record<string, string[]>;
  /** When the provider asked its user; null: it does not say. */
  authnInstant: Date | null;
  sessionIndex: string | null;
  /** From then on it is refused in any case, skew included: an identifier seen once is kept until then. */
  notOnOrAfter: Date;
};

type Expected = { settings: SamlSettings; requestId: string | null; now: Date };

/**
 * @param assertion of a checked shape, parsed from what was signed
 * @throws Refused
 */
export function readAssertion(assertion: Element, expected: Expected): AssertionFacts {
  const { settings, now } = expected;
  checkIssuer(assertion, settings);
  const subject = onlyChild(assertion, NS.assertion, 'Subject', 'subject');
  const conditions = onlyChild(assertion, NS.assertion, 'Conditions', 'conditions');
  const nameId = readNameId(subject);
  const ends = [checkConfirmation(subject, expected), checkConditions(conditions, expected)];
  const authn = onlyChild(assertion, NS.assertion, 'AuthnStatement', 'authn_statement');
  const sessionEnd = attributeOf(authn, 'SessionNotOnOrAfter');
  if (sessionEnd !== null) checkEnd(readInstant(sessionEnd), now);
  return {
    ...nameId,
    attributes: readAttributes(childrenNamed(assertion, NS.assertion, 'AttributeStatement')),
    authnInstant: readAuthnInstant(authn, now),
    sessionIndex: attributeOf(authn, 'SessionIndex'),
    notOnOrAfter: new Date(Math.min(...ends.map((end) => end.getTime())) + SKEW_MS),
  };
}

/** That a message or assertion names this provider, as an entity. @throws Refused issuer */
export function checkIssuer(message: Element, { idp }: SamlSettings): void {
  const issuer = onlyChild(message, NS.assertion, 'Issuer', 'issuer');
  const format = attributeOf(issuer, 'Format');
  // Tools that indent put white space round it, which is no part of a name.
  const name = textOf(issuer).trim();
  if (name !== idp.entityId || (format !== null && format !== ENTITY)) refuse('issuer');
}

/**
 * A name, exactly as the provider wrote it: accounts hang on it, so nothing is trimmed or folded.
 * @throws Refused subject
 */
export function readNameId(parent: Element): { subject: string; nameIdFormat: string | null } {
  const nameId = onlyChild(parent, NS.assertion, 'NameID', 'subject');
  const subject = textOf(nameId);
  const nameIdFormat = attributeOf(nameId, 'Format');
  if (!subject.trim() || subject.length > MAX_SUBJECT || /[\p{Cc}\p{Cs}]/u.test(subject)) {
    refuse('subject');
  }
  if (nameIdFormat === TRANSIENT) refuse('subject_transient');
  return { subject, nameIdFormat };
}

/** One confirmation, of the bearer, for our address and our request. @returns its end */
function checkConfirmation(subject: Element, { settings, requestId, now }: Expected): Date {
  onlyThese(subject, [
    [NS.assertion, 'NameID'],
    [NS.assertion, 'SubjectConfirmation'],
  ]);
  const confirmation = onlyChild(subject, NS.assertion, 'SubjectConfirmation', 'confirmation');
  if (attributeOf(confirmation, 'Method') !== BEARER) refuse('confirmation');
  const data = onlyChild(confirmation, NS.assertion, 'SubjectConfirmationData', 'confirmation');
  if (attributeOf(data, 'Recipient') !== settings.acsUrl) refuse('recipient');
  if (attributeOf(data, 'InResponseTo') !== requestId) refuse('in_response_to');
  return checkPeriod(data, now);
}

/** @returns their end */
function checkConditions(conditions: Element, { settings, now }: Expected): Date {
  const restrictions: Element[] = [];
  for (const condition of elementsIn(conditions)) {
    if (is(condition, NS.assertion, 'AudienceRestriction')) restrictions.push(condition);
    else if (!is(condition, NS.assertion, 'OneTimeUse')) refuse('conditions');
  }
  const namesUs = (restriction: Element) =>
    childrenNamed(restriction, NS.assertion, 'Audience').some(
      (audience) => textOf(audience) === settings.entityId,
    );
  if (restrictions.length === 0 || !restrictions.every(namesUs)) refuse('audience');
  if (attributeOf(conditions, 'NotBefore') === null) refuse('instant');
  return checkPeriod(conditions, now);
}

/** `NotBefore`, where there is one, and `NotOnOrAfter`, which there must be. @returns the end */
function checkPeriod(element: Element, now: Date): Date {
  const start = attributeOf(element, 'NotBefore');
  if (start !== null && readInstant(start).getTime() > now.getTime() + SKEW_MS) {
    refuse('not_yet_valid');
  }
  const end = readInstant(attributeOf(element, 'NotOnOrAfter'));
  checkEnd(end, now);
  return end;
}

function checkEnd(end: Date, now: Date): void {
  if (end.getTime() + SKEW_MS <= now.getTime()) refuse('expired');
}

function readAuthnInstant(authn: Element, now: Date): Date | null {
  const text = attributeOf(authn, 'AuthnInstant');
  if (text === null) return null;
  const instant = readInstant(text);
  return instant.getTime() > now.getTime() + SKEW_MS ? refuse('not_yet_valid') : instant;
}
