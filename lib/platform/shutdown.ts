import { shared } from '@/lib/platform/shared';

type Hook = { name: string; run: () => void | Promise<void> };

const hooks = () => shared('shutdown', () => [] as Hook[]);

/**
 * Asks to be called before the process ends, when no request runs any more: what was opened last is
 * closed first, so that a buffer opened after the pool is flushed before the pool ends.
 *
 * @param name for the log, when it fails or takes too long
 */
export function onShutdown(name: string, run: () => void | Promise<void>): void {
  hooks().push({ name, run });
}

/**
 * Calls every hook, one after the other. One that fails or hangs doesn't keep the others from running.
 *
 * @param timeoutMs for each hook
 * @param report told which hook failed, and why
 */
export async function runShutdownHooks(
  timeoutMs: number,
  report: (name: string, error: unknown) => void,
): Promise<void> {
  for (const { name, run } of hooks().splice(0).reverse()) {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => reject(new Error(`not done after ${timeoutMs} ms`)), timeoutMs);
    });
    try {
      await Promise.race([run(), late]);
    } catch (error) {
      report(name, error);
    } finally {
      clearTimeout(timer);
    }
  }
}
