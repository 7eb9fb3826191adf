import { setTimeout as delay } from 'node:timers/promises';

const ROUNDS = 6;
const PAUSE_MS = 250;

/**
 * Frees the memory of this process; V8 gives pages back to the system some time after.
 * @returns what the heap and its buffers still need, in KiB
 */
export async function settle(): Promise<{ heapKb: number }> {
  for (let round = 0; round < ROUNDS; round++) {
    globalThis.gc?.();
    await delay(PAUSE_MS);
  }
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return { heapKb: (heapUsed + arrayBuffers) / 1024 };
}
