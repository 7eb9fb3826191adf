import type { ComputerFacts, FromComputer, MonitorView } from '@/lib/contract/channel';

/** How many round-trip times are kept; one is taken every second. */
export const ROUND_TRIPS_KEPT = 60;

/** What the computer has shown of itself so far. Times in milliseconds of a clock that never goes back. */
export type LiveView = {
  facts: ComputerFacts | null;
  monitor: MonitorView | null;
  /** How the two ends reach each other; null: not known yet. */
  way: 'direct' | 'relayed' | null;
  /** The latest last. */
  roundTripsMs: readonly number[];
  /** When it was last heard. */
  heardAtMs: number;
};

export function newLiveView(nowMs: number): LiveView {
  return { facts: null, monitor: null, way: null, roundTripsMs: [], heardAtMs: nowMs };
}

/**
 * The view after a message.
 * @param sentAtMs when the echo that comes back was sent; undefined for one that nobody sent
 */
export function withMessage(
  view: LiveView,
  message: FromComputer,
  nowMs: number,
  sentAtMs: number | undefined,
): LiveView {
  const heard = { ...view, heardAtMs: nowMs };
  switch (message.type) {
    case 'facts':
      return { ...heard, facts: message };
    case 'monitor':
      return { ...heard, monitor: message };
    case 'echo':
      if (sentAtMs === undefined) return heard;
      return {
        ...heard,
        roundTripsMs: [...view.roundTripsMs, nowMs - sentAtMs].slice(-ROUND_TRIPS_KEPT),
      };
  }
}

export type RoundTripStats = { latestMs: number; leastMs: number; medianMs: number };

/** Null while none came back. */
export function roundTripStats(roundTripsMs: readonly number[]): RoundTripStats | null {
  const sorted = roundTripsMs.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const [leastMs] = sorted;
  const latestMs = roundTripsMs.at(-1);
  const low = sorted[Math.ceil(middle) - 1];
  const high = sorted[Math.floor(middle)];
  if (leastMs === undefined || latestMs === undefined) return null;
  if (low === undefined || high === undefined) return null;
  return { latestMs, leastMs, medianMs: (low + high) / 2 };
}
