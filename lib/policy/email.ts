import { toAsciiDomain } from './domain-name';
import { trimUnseen } from './visible-text';

/**
 * One account, one spelling. The attacks: an address in quotes that a mailer reads as two, a display
 * name or a line break that adds a recipient, a full-width `＠`, a Cyrillic `а`, a Kelvin sign, and two
 * engines that lower-case `İ` differently. So: NFKC first, then ASCII alone, then lower case. A domain in
 * Unicode is taken in the ASCII form that the name service has for it.
 */
const SHAPE =
  /^[a-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}$/;

/** Before white space and marks are taken away. A longer text is not walked: its normal form takes quadratic time. */
const LONGEST_TEXT = 320;

/** @returns the normalised address, or null when it is none that Gatehouse accepts. At most 254 characters (RFC 5321). */
export function parseEmail(text: string): string | null {
  if (text.length > LONGEST_TEXT) return null;
  // Copied from a page or a table, it comes with marks that nobody sees.
  const normal = trimUnseen(text.normalize('NFKC'));
  // The Kelvin sign and its like fold into ASCII under NFKC: refuse what was not ASCII but for full-width forms.
  if (/[\u0130\u0131\u017F\u212A\u212B]/.test(text)) return null;
  const at = normal.lastIndexOf('@');
  const domain = toAsciiDomain(normal.slice(at + 1));
  if (at === -1 || domain === null) return null;
  const email = `${normal.slice(0, at).toLowerCase()}@${domain}`;
  if (email.length > 254 || !SHAPE.test(email)) return null;
  const local = email.slice(0, email.indexOf('@'));
  if (local.startsWith('.') || local.endsWith('.') || local.includes('..')) return null;
  return email;
}

/**
 * An address that a provider claims for somebody. Nobody typed it, so nothing of it is guessed: the ligature
 * of `oﬃce@…` would be folded into `office@…`, who is somebody else.
 * @returns the normalised address; null when it is none, or not plain ASCII
 */
export function parseClaimedEmail(text: string): string | null {
  return /^[\x21-\x7e]+$/.test(text) && !text.endsWith('.') ? parseEmail(text) : null;
}

/** `valerie@example.com` → `v•••••@example.com`: enough to recognise one's own, too little to learn another's. */
export function maskEmail(email: string): string {
  const at = email.lastIndexOf('@');
  return `${email.slice(0, 1)}•••••${email.slice(at)}`;
}
