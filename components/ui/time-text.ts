const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** Trust that ends within this many days is marked. */
export const ENDS_SOON_DAYS = 7;

/** The page's time lags by as long as the page took to come alive. */
const TOLERANCE_MS = 5_000;

function counted(count: number, unit: string): string {
  return `${count} ${unit}${count === 1 ? '' : 's'}`;
}

/**
 * A distance in time in words: "just now", "5 minutes ago", "in 3 days". Own words rather than
 * `Intl`, whose texts differ between the server's and the browser's data and would break hydration.
 */
export function relativeTimeText(atMs: number, nowMs: number): string {
  const distanceMs = Math.abs(nowMs - atMs);
  if (distanceMs < 45_000) return atMs > nowMs + TOLERANCE_MS ? 'in a moment' : 'just now';
  const [count, unit]: [number, string] =
    distanceMs < 59.5 * MINUTE_MS
      ? [Math.max(1, Math.round(distanceMs / MINUTE_MS)), 'minute']
      : distanceMs < 23.5 * HOUR_MS
        ? [Math.round(distanceMs / HOUR_MS), 'hour']
        : distanceMs < 59.5 * DAY_MS
          ? [Math.round(distanceMs / DAY_MS), 'day']
          : distanceMs < 700 * DAY_MS
            ? [Math.round(distanceMs / (30.44 * DAY_MS)), 'month']
            : [Math.round(distanceMs / (365.25 * DAY_MS)), 'year'];
  return atMs > nowMs ? `in ${counted(count, unit)}` : `${counted(count, unit)} ago`;
}

/** "22 Nov 2026", by UTC; the same on every machine. */
export function dateText(atMs: number): string {
  const text = new Date(atMs).toISOString();
  const month = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ')[
    Number(text.slice(5, 7)) - 1
  ];
  return `${Number(text.slice(8, 10))} ${month} ${text.slice(0, 4)}`;
}

/** "22 Nov 2026, 17:54:03 UTC"; the same on every machine. */
export function exactTimeText(atMs: number): string {
  return `${dateText(atMs)}, ${new Date(atMs).toISOString().slice(11, 19)} UTC`;
}

export type TimeLeft = {
  state: 'trusted' | 'ends-soon' | 'expired';
  /** "63 days left", "5 hours left"; empty when nothing is left. */
  text: string;
};

/** What is left until `untilMs`, rounded up; the very instant of the end counts as expired. */
export function timeLeft(untilMs: number, nowMs: number): TimeLeft {
  const leftMs = untilMs - nowMs;
  if (leftMs <= 0) return { state: 'expired', text: '' };
  // Rounding up must not make 91 days of the 90 that have just begun.
  const daysMs = leftMs - TOLERANCE_MS;
  const state = daysMs <= ENDS_SOON_DAYS * DAY_MS ? 'ends-soon' : 'trusted';
  if (leftMs < HOUR_MS) return { state, text: 'under an hour left' };
  if (leftMs < 2 * DAY_MS)
    return { state, text: `${counted(Math.ceil(leftMs / HOUR_MS), 'hour')} left` };
  return { state, text: `${counted(Math.ceil(daysMs / DAY_MS), 'day')} left` };
}
