import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { env } from './env';

// The attack: whoever hands in an id that he chose himself takes the place of another's. So an id that is given
// out before there is anything under it carries a mark that only this server can make, and what it is for.

const CHANCE_BYTES = 16;
const MARK_BYTES = 16;

/**
 * An id that nobody guesses, of 128 random bits, and that is known again as given out for this purpose.
 * @param purpose what it is for and whose
 */
export function markedId(prefix: string, purpose: string): string {
  const chance = randomBytes(CHANCE_BYTES);
  return `${prefix}${Buffer.concat([chance, markOf(chance, purpose)]).toString('base64url')}`;
}

/** Whether an id was given out for this purpose. */
export function isMarkedId(prefix: string, id: string, purpose: string): boolean {
  if (!id.startsWith(prefix)) return false;
  const text = id.slice(prefix.length);
  const bytes = Buffer.from(text, 'base64url');
  // One text for one value: base64url has spare bits that a reader ignores.
  if (bytes.length !== CHANCE_BYTES + MARK_BYTES || bytes.toString('base64url') !== text)
    return false;
  const mark = markOf(bytes.subarray(0, CHANCE_BYTES), purpose);
  return timingSafeEqual(bytes.subarray(CHANCE_BYTES), mark);
}

function markOf(chance: Buffer, purpose: string): Buffer {
  return createHmac('sha256', env().authSecret)
    .update(`gatehouse marked id\0${purpose}\0`)
    .update(chance)
    .digest()
    .subarray(0, MARK_BYTES);
}
