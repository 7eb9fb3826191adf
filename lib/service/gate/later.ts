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

/** How long after the first of them what tells whether an account exists is begun, at least and at most. */
const APART_MS = { least: 500, most: 2_000 };

type Apart = {
  waiting: { what: string; work: () => Promise<void> }[];
  timer: NodeJS.Timeout | null;
};

const apart = () =>
  shared<Apart>('apart', () => {
    // Before `later` ends, which waits for what this begins: last opened, first closed.
    pending();
    onShutdown('what waits apart', doApart);
    return { waiting: [], timer: null };
  });

/**
 * Does what somebody could tell by its time whether an account exists, even if his answer did not wait for
 * it: his next request would be slower. So it is begun at a moment that has nothing to do with his, and one
 * after the other, with one connection to the database.
 * @param what for the log
 */
export function laterApart(what: string, work: () => Promise<void>): void {
  const { waiting } = apart();
  waiting.push({ what, work });
  apart().timer ??= setTimeout(
    () => later('what waits apart', doApart),
    APART_MS.least + Math.random() * (APART_MS.most - APART_MS.least),
  );
}

async function doApart(): Promise<void> {
  const { waiting, timer } = apart();
  if (timer) clearTimeout(timer);
  apart().timer = null;
  for (const { what, work } of waiting.splice(0)) await orLogged(what, work);
}

async function orLogged(what: string, work: () => Promise<void>): Promise<void> {
  await work().catch((error: unknown) => log().error({ err: error }, `${what} failed`));
}

/**
 * Does what an answer must not wait for. A failure is logged; the end of the process waits for it.
 * @param what for the log
 */
export function later(what: string, work: () => Promise<void>): void {
  const works = pending();
  const done = orLogged(what, work).finally(() => works.delete(done));
  works.add(done);
}
