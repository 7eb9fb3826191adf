import { dictionary } from '@zxcvbn-ts/language-common';

export const PASSWORD_MIN_CHARACTERS = 8;
export const PASSWORD_MAX_BYTES = 1024;

/**
 * NIST SP 800-63B-4: one Unicode normal form (NFC), nothing trimmed, cut or folded. What is too long to be
 * hashed stays as it is: a letter with thousands of accents is sorted in quadratic time.
 */
export function normalizePassword(password: string): string {
  return password.length > PASSWORD_MAX_BYTES ? password : password.normalize('NFC');
}

/** Whether a password may be hashed at all: a longer one only costs time, and NUL ends a string elsewhere. */
export function isHashable(password: string): boolean {
  return (
    password.isWellFormed() &&
    !password.includes('\0') &&
    new TextEncoder().encode(password).length <= PASSWORD_MAX_BYTES
  );
}

const COMMON = new Set<string>(dictionary['passwords-common'] as string[]);

/** @returns what is wrong with a password that somebody wants to have, as a sentence; null: nothing. */
export function findPasswordFault(password: string, context: { email: string }): string | null {
  const normal = normalizePassword(password);
  if (!isHashable(normal))
    return `Use at most ${PASSWORD_MAX_BYTES} bytes, without control characters.`;
  if ([...normal].length < PASSWORD_MIN_CHARACTERS)
    return `Use at least ${PASSWORD_MIN_CHARACTERS} characters.`;
  const lower = normal.toLowerCase();
  if (COMMON.has(lower)) return 'This password is among the commonest. Choose another one.';
  if (
    lower === context.email.toLowerCase() ||
    lower === context.email.split('@')[0]?.toLowerCase()
  ) {
    return 'Your email address is not a password. Choose another one.';
  }
  return null;
}
