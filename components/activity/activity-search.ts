import type { z } from 'zod';
import type { ActivityFilterValues } from '@/components/activity/activity-filter';
import { EventsQuery } from '@/lib/contract/schemas';

const DAY_MS = 24 * 60 * 60 * 1000;

/** The filter in the page's address: what the form shows, and what the events are asked by. */
export type ParsedFilter = {
  values: ActivityFilterValues;
  query: z.infer<typeof EventsQuery>;
  /** False when a part was not understood and left out. */
  isValid: boolean;
};

/**
 * Reads `?type&userId&from&to`. Dates are days of UTC such as `2026-11-22`, both included; a wrong part
 * is left out, since an address may have been cut on its way.
 */
export function parseFilter(search: Record<string, string | string[] | undefined>): ParsedFilter {
  const text = (name: string) => {
    const value = search[name];
    return typeof value === 'string' ? value : '';
  };
  const from = dayStartMs(text('from'));
  const to = dayStartMs(text('to'));
  const parts = {
    type: text('type') ? [text('type')] : undefined,
    userId: text('userId') || undefined,
    after: from === null ? undefined : new Date(from).toISOString(),
    before: to === null ? undefined : new Date(to + DAY_MS).toISOString(),
  };
  const kept = Object.entries(parts).filter(
    ([name, value]) => value !== undefined && EventsQuery.safeParse({ [name]: value }).success,
  );
  const query = EventsQuery.parse(Object.fromEntries(kept));
  const values = {
    type: query.type?.[0] ?? '',
    userId: query.userId ?? '',
    from: from === null ? '' : text('from'),
    to: to === null ? '' : text('to'),
  };
  const isValid = (['type', 'userId', 'from', 'to'] as const).every(
    (name) => search[name] === undefined || values[name] === search[name],
  );
  return { values, query, isValid };
}

/** The first instant of a day such as `2026-11-22` in UTC; null for anything else, 31 February too. */
function dayStartMs(day: string): number | null {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(day)) return null;
  const ms = Date.parse(`${day}T00:00:00.000Z`);
  return Number.isNaN(ms) || new Date(ms).toISOString().slice(0, 10) !== day ? null : ms;
}
