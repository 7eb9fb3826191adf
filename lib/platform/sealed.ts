import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { env } from './env';

// The attack: a copy of the database (a backup, a replica, an injected query) in which an identity
// provider's client secret can be read; or a sealed value moved to another row or column, to be
// opened there as something else. Hence a key that the database does not hold, and one for each
// purpose.

const VERSION = 'v1';
const CIPHER = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const SEALED = /^v1\.([A-Za-z0-9_-]+)$/;

/** A sealed text that can't be opened: changed, of another purpose, or sealed under another AUTH_SECRET. */
export class UnsealError extends Error {
  override readonly name = 'UnsealError';

  constructor() {
    super('A sealed value could not be opened: it was changed, or AUTH_SECRET is another one');
  }
}

/**
 * Encrypts a text for the database: AES-256-GCM under a key that HKDF-SHA-256 derives from
 * AUTH_SECRET for this purpose.
 *
 * @param purpose what the text is and whose, such as `sso-client-secret:<provider id>`; the same
 *   one opens it again
 * @returns `v1.` and base64url; another text at each call
 */
export function seal(text: string, purpose: string): string {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, keyFor(purpose), nonce);
  cipher.setAAD(boundTo(purpose));
  const encrypted = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
  const sealed = Buffer.concat([nonce, encrypted, cipher.getAuthTag()]);
  return `${VERSION}.${sealed.toString('base64url')}`;
}

/**
 * The text that was sealed for this purpose.
 *
 * @throws UnsealError, which tells nothing of the text, the key or the purpose
 */
export function unseal(sealed: string, purpose: string): string {
  const bytes = bytesOf(sealed);
  const decipher = createDecipheriv(CIPHER, keyFor(purpose), bytes.subarray(0, NONCE_BYTES), {
    authTagLength: TAG_BYTES,
  });
  decipher.setAAD(boundTo(purpose));
  decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
  try {
    const text = decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES));
    return Buffer.concat([text, decipher.final()]).toString('utf8');
  } catch {
    throw new UnsealError();
  }
}

function bytesOf(sealed: string): Buffer {
  const encoded = SEALED.exec(sealed)?.[1] ?? '';
  const bytes = Buffer.from(encoded, 'base64url');
  // One text for one value: base64url has spare bits that a reader ignores.
  const isExact = bytes.toString('base64url') === encoded;
  if (!isExact || bytes.length < NONCE_BYTES + TAG_BYTES) throw new UnsealError();
  return bytes;
}

function keyFor(purpose: string): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', env().authSecret, '', boundTo(purpose), 32));
}

function boundTo(purpose: string): Buffer {
  return Buffer.from(`gatehouse sealed ${VERSION}\0${purpose}`, 'utf8');
}
