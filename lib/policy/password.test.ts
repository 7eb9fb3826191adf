import { describe, expect, it } from 'vitest';
import { findPasswordFault, isHashable, normalizePassword } from './password';

const context = { email: 'valerie@example.com' };

describe('passwords', () => {
  it('LOG-1 1,024 bytes work', () => {
    expect(isHashable('a'.repeat(1024))).toBe(true);
  });

  it.each([
    ['LOG-2 1,025 bytes', 'a'.repeat(1025)],
    ['1,024 characters of more bytes', 'ä'.repeat(1024)],
    ['LOG-6 NUL', 'pa\0ssword'],
    ['DB-19 a lone surrogate', 'password\ud800'],
  ])('%s are never hashed', (_case, password) => {
    expect(isHashable(password)).toBe(false);
  });

  it('LOG-5 nothing is trimmed or folded', () => {
    expect(normalizePassword(' Pass ')).toBe(' Pass ');
  });

  it('one Unicode normal form: composed and decomposed are the same password', () => {
    expect(normalizePassword('pa\u0308sswort')).toBe(normalizePassword('p\u00e4sswort'));
  });

  it.each([
    ['too short', 'k4!tz_e'],
    ['among the commonest', 'password1'],
    ['among the commonest, in upper case', 'PASSWORD1'],
    ['the email address', 'valerie@example.com'],
  ])('%s is refused', (_case, password) => {
    expect(findPasswordFault(password, context)).toMatch(/\.$/);
  });

  it('a long one in any script is welcome', () => {
    expect(findPasswordFault('mehr Licht im Treppenhaus', context)).toBeNull();
    expect(findPasswordFault('пароль-на-кухне', context)).toBeNull();
  });
});
