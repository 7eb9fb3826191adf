import { describe, expect, it } from 'vitest';
import { maskEmail, parseEmail } from './email';

describe('parseEmail', () => {
  it.each([
    ['LOG-11 upper case is the same account', 'ALICE@EXAMPLE.COM', 'alice@example.com'],
    [
      'LOG-10 a full-width sign is folded before it is validated',
      'alice＠example.com',
      'alice@example.com',
    ],
    ['blanks round it are dropped', '  alice@example.com ', 'alice@example.com'],
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
