import { describe, expect, it } from 'vitest';
import { maskEmail, parseClaimedEmail, parseEmail } from './email';

describe('parseEmail', () => {
  it.each([
    ['LOG-11 upper case is the same account', 'ALICE@EXAMPLE.COM', 'alice@example.com'],
    [
      'LOG-10 a full-width sign is folded before it is validated',
      'alice＠example.com',
      'alice@example.com',
    ],
    ['blanks round it are dropped', '  alice@example.com ', 'alice@example.com'],
    [
      'P15 so is what nobody sees',
      '\u200b\ufeffalice@example.com\u200b\u202c',
      'alice@example.com',
    ],
  ])('%s', (_guarantee, text, email) => {
    expect(parseEmail(text)).toBe(email);
  });

  it.each([
    ['LOG-8 a quoted local part', '"e@attacker.com"@victim.com'],
    ['LOG-9 two recipients', 'attacker@evil.test,alice@example.com'],
    ['LOG-9 a line break', 'alice@example.com\nBcc: x@evil.test'],
    ['LOG-9 a display name', 'Alice <alice@example.com>'],
    ['LOG-10 a Cyrillic letter', 'аlice@example.com'],
    ['LOG-11 a Kelvin sign', '\u212Aim@example.com'],
    ['LOG-11 a dotted capital I', '\u0130@example.com'],
    ['NUL', 'alice\0@example.com'],
    ['P15 what nobody sees, inside', 'ali\u200bce@example.com'],
    ['no domain', 'alice@'],
    ['a domain without a dot', 'alice@localhost'],
    ['two dots', 'a..b@example.com'],
    [
      'over 254 characters',
      `${'a'.repeat(60)}@${'b'.repeat(60)}.${'c'.repeat(60)}.${'d'.repeat(60)}.${'e'.repeat(20)}.com`,
    ],
    ['empty', ''],
  ])('%s is refused', (_case, text) => {
    expect(parseEmail(text)).toBeNull();
  });
});

describe('maskEmail', () => {
  it('shows enough to recognise one’s own', () => {
    expect(maskEmail('valerie@example.com')).toBe('v•••••@example.com');
  });
});

describe('F2: an address that a provider claims is taken as it stands', () => {
  it.each([
    ['in plain ASCII', 'office@example.com', 'office@example.com'],
    ['its capitals are the same account', 'Office@Example.COM', 'office@example.com'],
  ])('%s', (_what, text, email) => {
    expect(parseClaimedEmail(text)).toBe(email);
  });

  it.each([
    ['a ligature', 'o\uFB03ce@example.com'],
    ['full-width letters', '\uFF4Fffice@example.com'],
    ['a full-width sign', 'office\uFF20example.com'],
    ['a superscript', 'office\u00B2@example.com'],
    ['a Kelvin sign', 'o\u212Aay@example.com'],
    ['a long s', 'o\u017Fice@example.com'],
    ['a combining mark', 'offic\u0065\u0301@example.com'],
    ['a zero-width space', 'office\u200B@example.com'],
    ['a blank round it', ' office@example.com'],
    ['a line break', 'office@example.com\n'],
    ['NUL', 'office\u0000@example.com'],
    ['nothing', ''],
  ])('%s makes it none', (_what, text) => {
    expect(parseClaimedEmail(text)).toBeNull();
  });
});
