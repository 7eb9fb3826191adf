import { log } from '@/lib/platform/log';
import { onShutdown } from '@/lib/platform/shutdown';
import { foldTallies } from '@/lib/store/tallies';
import { REFUSALS_A_MINUTE } from './limits';

const FOLD_MS = 5_000;

/**
 * Writes what was counted in the minutes that are over, now and every few seconds, until the process stops;
 * what a process that was killed has counted, too. A failure waits for the next time.
 */
export function keepTallies(): void {
  let isRunning = false;
  const run = () => {
    if (isRunning) return;
    isRunning = true;
    foldTallies(REFUSALS_A_MINUTE)
      .catch((err: unknown) => log().warn({ err }, 'what was counted could not be written'))
      .finally(() => {
        isRunning = false;
      });
  };
  run();
  const timer = setInterval(run, FOLD_MS);
  timer.unref();
  onShutdown('tallies', () => clearInterval(timer));
}
