const FIRST_MS = 500;
const LONGEST_MS = 30_000;

/**
 * How long to wait before the next try: doubling from 0.5 s to 30 s, and by chance up to half of it less,
 * so that programs that lost the same server do not come back all at once.
 *
 * @param failures tries that failed since the last success, this one not counted
 * @param random from 0 to 1
 * @returns milliseconds
 */
export function retryDelayMs(failures: number, random = Math.random()): number {
  const delayMs = Math.min(LONGEST_MS, FIRST_MS * 2 ** failures);
  return Math.round(delayMs * (1 - random / 2));
}
