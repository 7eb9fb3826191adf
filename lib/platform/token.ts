import { createHash, createHmac, randomBytes } from 'node:crypto';

/** A secret of 256 random bits in base64url, with a prefix that secret scanners and people recognise. */
export function newToken(prefix: string): string {
  return `${prefix}${randomBytes(32).toString('base64url')}`;
}

/** What is stored of a token: SHA-256 suffices, since nobody guesses 256 bits. */
export function hashToken(token: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(createHash('sha256').update(token).digest());
}

/**
 * The token that replaces another at a re-authentication. Derived rather than drawn, so that two
 * re-authentications at once with one token agree on its successor, whichever answer arrives last;
 * without the server's secret the successor can't be computed from the token.
 */
export function successorToken(
  prefix: string,
  token: string,
  sessionId: string,
  secret: string,
): string {
  const mac = createHmac('sha256', secret)
    .update(`successor\0${sessionId}\0${token}`)
    .digest('base64url');
  return `${prefix}${mac}`;
}
