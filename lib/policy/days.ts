import { DAY_MS } from './trust';

/** Days as people mean them: by the clock of a time zone, in which some have 23 hours, and some 25. */

/** The day of an instant by UTC. */
export const dayOf = (at: Date): string => at.toISOString().slice(0, 10);

/** The zone of whoever has not said his. */
export const UTC = 'UTC';

/** A zone of the time zone database, such as `Europe/Berlin`. @returns UTC for what is none */
export function parseZone(text: string | undefined): string {
  if (text === undefined || !/^[A-Za-z][A-Za-z0-9_+\-/]{0,63}$/.test(text)) return UTC;
  try {
    clockOf(text);
    return text;
  } catch {
    return UTC;
  }
}

/** What a clock in a zone shows: `2026-11-22`, `17:54:03`. */
export function clockIn(zone: string, at: Date): { day: string; time: string } {
  const parts = Object.fromEntries(
    clockOf(zone)
      .formatToParts(at)
      .map(({ type, value }) => [type, value]),
  );
  const year = String(parts.year).padStart(4, '0');
  return {
    day: `${year}-${parts.month}-${parts.day}`,
    time: `${parts.hour}:${parts.minute}:${parts.second}`,
  };
}

/** A day such as `2026-11-22`. @returns null for anything else, 31 February too */
export function parseDay(text: string): string | null {
  if (!/^[1-9]\d{3}-\d{2}-\d{2}$/.test(text)) return null;
  const ms = Date.parse(`${text}T00:00:00.000Z`);
  return !Number.isNaN(ms) && dayOf(new Date(ms)) === text ? text : null;
}

/** The day so many days later. */
export function addDays(day: string, days: number): string {
  return dayOf(new Date(Date.parse(`${day}T00:00:00.000Z`) + days * DAY_MS));
}

/** The first instant of a day in a zone; where its clocks skip midnight, the first that there is. */
export function dayStart(day: string, zone: string): Date {
  // No zone is further from UTC than 14 hours.
  let [before, from] = [Date.parse(`${day}T00:00:00.000Z`) - DAY_MS, 0];
  from = before + 2 * DAY_MS;
  while (from - before > 1) {
    const middle = Math.floor((before + from) / 2);
    if (clockIn(zone, new Date(middle)).day >= day) from = middle;
    else before = middle;
  }
  return new Date(from);
}

const clocks = new Map<string, Intl.DateTimeFormat>();

/** Making one is dear. */
function clockOf(zone: string): Intl.DateTimeFormat {
  const known = clocks.get(zone);
  if (known) return known;
  const made = new Intl.DateTimeFormat('en-GB', {
    timeZone: zone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
  });
  clocks.set(zone, made);
  return made;
}
