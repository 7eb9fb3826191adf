import { parseClaimedEmail } from '@/lib/policy/email';
import { refuse } from './refusal';
import { attributeOf, elementsIn, is, NS, textOf } from './xml';

/** What providers call an email address; the first that is there counts. */
const EMAIL = [
  'email',
  'mail',
  'emailaddress',
  'user.email',
  'http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress',
  'urn:oid:0.9.2342.19200300.100.1.3',
  'urn:oid:1.2.840.113549.1.9.1',
];
const NAME = [
  'displayname',
  'http://schemas.microsoft.com/identity/claims/displayname',
  'urn:oid:2.16.840.1.113730.3.1.241',
  'name',
  'cn',
  'urn:oid:2.5.4.3',
];
const GIVEN_NAME = [
  'givenname',
  'firstname',
  'user.firstname',
  'http://schemas.xmlsoap.org/ws/2005/05/identity/claims/givenname',
  'urn:oid:2.5.4.42',
];
const SURNAME = [
  'surname',
  'lastname',
  'sn',
  'user.lastname',
  'http://schemas.xmlsoap.org/ws/2005/05/identity/claims/surname',
  'urn:oid:2.5.4.4',
];
const EMAIL_FORMAT = 'urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress';
const MAX_NAME = 80;

/**
 * Attributes by name, each with its values in order. Values that are not text are left out.
 * @throws Refused attributes, for one that is encrypted or has no name
 */
export function readAttributes(statements: Element[]): Record<string, string[]> {
  const found = new Map<string, string[]>();
  for (const attribute of statements.flatMap(elementsIn)) {
    const name = attributeOf(attribute, 'Name');
    if (!name || !is(attribute, NS.assertion, 'Attribute')) return refuse('attributes');
    const values = found.get(name) ?? [];
    found.set(name, values);
    for (const value of elementsIn(attribute)) {
      if (!is(value, NS.assertion, 'AttributeValue')) refuse('attributes');
      if (holdsText(value)) values.push(textOf(value));
    }
  }
  return Object.fromEntries(found);
}

/**
 * The email addresses, normalised, each once: of the first attribute that has any, else the subject's name
 * where it is one. What is not plain ASCII is none: folding is for what people type, and `oﬃce@` is not
 * `office@`.
 */
export function emailsOf(
  attributes: Record<string, string[]>,
  { subject, nameIdFormat }: { subject: string; nameIdFormat: string | null },
): string[] {
  const said = valuesOf(attributes, EMAIL);
  const all = said.length > 0 ? said : nameIdFormat === EMAIL_FORMAT ? [subject] : [];
  const emails = all
    .map((value) => parseClaimedEmail(value.replace(/^[ \t\r\n]+|[ \t\r\n]+$/g, '')))
    .filter((email) => email !== null);
  return [...new Set(emails)];
}

/** What the person is called; null when the provider does not say. At most 80 characters. */
export function nameOf(attributes: Record<string, string[]>): string | null {
  const parts = [only(attributes, GIVEN_NAME), only(attributes, SURNAME)];
  const name = only(attributes, NAME) ?? parts.filter((part) => part !== null).join(' ');
  const clean = name.replace(/\s+/g, ' ').trim();
  return clean && clean.length <= MAX_NAME && !/[\p{Cc}\p{Cf}]/u.test(clean) ? clean : null;
}

/** The value of the first of these attributes that has one; null when it has several that differ. */
function only(attributes: Record<string, string[]>, names: string[]): string | null {
  const [value, ...more] = valuesOf(attributes, names);
  return value !== undefined && more.length === 0 ? value : null;
}

/** The values, each once, of the first of these attributes that has any. */
function valuesOf(attributes: Record<string, string[]>, names: string[]): string[] {
  const byName = Object.entries(attributes);
  for (const name of names) {
    const values = byName.filter(([key]) => key.toLowerCase() === name).flatMap(([, all]) => all);
    const different = new Set(values.filter((value) => value.trim()));
    if (different.size > 0) return [...different];
  }
  return [];
}

function holdsText(element: Element): boolean {
  for (let node = element.firstChild; node; node = node.nextSibling) {
    if (node.nodeType !== node.TEXT_NODE) return false;
  }
  return true;
}
