import { log } from '@/lib/platform/log';
import { shared } from '@/lib/platform/shared';
import { onShutdown } from '@/lib/platform/shutdown';

const pending = () =>
  shared('later', () => {
    const works = new Set<Promise<void>>();
    onShutdown('later', async () => {
      await Promise.all(works);
    });
    return works;
  });

/**
 * Does what an answer must not wait for: mail, and what would tell by its time whether an account
 * exists. A failure is logged; the end of the process waits for it.
 * @param what for the log
 */
export function later(what: string, work: () => Promise<void>): void {
  const works = pending();
  const done = work()
    .catch((error: unknown) => log().error({ err: error }, `${what} failed`))
    .finally(() => works.delete(done));
  works.add(done);
}
