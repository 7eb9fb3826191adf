const SOON_MS = 5_000;
/** As long as a timer may wait. */
const LATE_MS = 2 ** 31 - 1;

/** When what ends at an instant is to be asked for again, in milliseconds; false: it has no end. */
export function untilReturnMs(ends: readonly (string | null | undefined)[]): number | false {
  const times = ends.flatMap((end) => (end ? [Date.parse(end)] : []));
  if (times.length === 0) return false;
  // The database's clock decides, and this one may be ahead of it.
  return Math.min(Math.max(Math.min(...times) - Date.now(), SOON_MS), LATE_MS);
}
