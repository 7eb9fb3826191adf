import { setTimeout as delay } from 'node:timers/promises';
import { median, quantile } from '../figures';
import { Refused } from './peer';

/** Sends something and waits for what must come back. @throws when it was refused */
export type RoundTrip = () => Promise<void>;

/** How many came back a second, after how many milliseconds, and how many were refused instead. */
export type Pace = { perSecond: number; p50: number; p99: number; refused: number };

/** What has not come back so long after the last was sent never will. */
const PATIENCE_MS = 10_000;

/** As many as go: the next is sent when one comes back, with so many under way. */
export async function closedLoop(trip: RoundTrip, atOnce: number, seconds: number): Promise<Pace> {
  const times: (number | null)[] = [];
  const start = performance.now();
  const until = start + seconds * 1000;
  const goOn = async () => {
    while (performance.now() < until) times.push(await timed(trip));
  };
  await within(Promise.all(Array.from({ length: atOnce }, goOn)), seconds * 1000 + PATIENCE_MS);
  return paceOf(times, performance.now() - start);
}

/** So many a second, whether or not the earlier ones have come back. */
export async function atRate(trip: RoundTrip, perSecond: number, seconds: number): Promise<Pace> {
  const times: Promise<number | null>[] = [];
  const start = performance.now();
  while (times.length < perSecond * seconds) {
    const due = Math.floor(((performance.now() - start) / 1000) * perSecond);
    while (times.length <= due) {
      const time = timed(trip);
      // Told by the wait for all of them.
      time.catch(() => undefined);
      times.push(time);
    }
    await delay(1);
  }
  const back = await within(Promise.all(times), PATIENCE_MS);
  return paceOf(back, performance.now() - start);
}

/** @returns null when it was refused */
async function timed(trip: RoundTrip): Promise<number | null> {
  const start = performance.now();
  try {
    await trip();
    return performance.now() - start;
  } catch (error) {
    if (error instanceof Refused) return null;
    throw error;
  }
}

async function within<T>(work: Promise<T>, ms: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('something sent never came back')), ms);
  });
  return Promise.race([work, tooLate]).finally(() => clearTimeout(timer));
}

function paceOf(trips: (number | null)[], ms: number): Pace {
  const times = trips.filter((time) => time !== null);
  return {
    perSecond: times.length / (ms / 1000),
    p50: quantile(times, 0.5),
    p99: quantile(times, 0.99),
    refused: trips.length - times.length,
  };
}

/** The median of several runs, figure by figure; of the refused, all. */
export function medianPace(runs: readonly Pace[]): Pace {
  return {
    perSecond: median(runs.map((run) => run.perSecond)),
    p50: median(runs.map((run) => run.p50)),
    p99: median(runs.map((run) => run.p99)),
    refused: runs.reduce((sum, run) => sum + run.refused, 0),
  };
}

/** One round trip after the other, each by the next of them. */
export function inTurn<T>(peers: readonly T[], trip: (peer: T) => Promise<void>): RoundTrip {
  let turn = 0;
  return async () => {
    const peer = peers[turn++ % peers.length];
    if (peer !== undefined) await trip(peer);
  };
}
