import type { EventGroup } from '@/lib/policy/event-groups';

export const RANGES = ['', 'today', '7d', '30d', 'custom'] as const;
export type Range = (typeof RANGES)[number];

/** Parts of a filter that no field has, by which links from events lead here. */
export const NAMED = [
  'userId',
  'actorId',
  'sessionId',
  'computerId',
  'requestId',
  'network',
  'action',
  'finding',
] as const;
export type NamedPart = (typeof NAMED)[number];

/** What the address of the page says. Empty: not asked for. */
export type ActivitySearch = {
  show: EventGroup | '';
  /** A member, an address or a computer, as it was typed. */
  q: string;
  range: Range;
  /** Days of the viewer's zone such as `2026-11-22`, both included. */
  from: string;
  to: string;
  /** The filter that has a name, by its id. */
  saved: string;
  types: readonly string[];
  named: Partial<Record<NamedPart, string>>;
  /** False when a part was not understood, and left out. */
  isValid: boolean;
};

/** The address of a search, with some parts changed. */
export function searchHref(
  path: string,
  search: ActivitySearch,
  change: Partial<Omit<ActivitySearch, 'isValid'>> = {},
): string {
  const { show, q, range, from, to, saved, types, named } = { ...search, ...change };
  const params = new URLSearchParams();
  const days = range === 'custom' ? { from, to } : {};
  for (const [name, value] of Object.entries({ saved, show, q, range, ...days, ...named })) {
    if (value) params.set(name, value);
  }
  for (const type of types) params.append('type', type);
  return params.size > 0 ? `${path}?${params}` : path;
}

/** Whether anything is asked for. */
export const isFiltered = (search: ActivitySearch) => searchHref('', search) !== '';
