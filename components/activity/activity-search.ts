import { SavedEventFilter } from '@/lib/contract/schemas';
import { addDays, clockIn, dayStart, parseDay, parseZone } from '@/lib/policy/days';
import { EVENT_GROUPS, typesOfGroup } from '@/lib/policy/event-groups';
import { parseNetwork } from '@/lib/policy/networks';
import { type ActivitySearch, NAMED, RANGES } from './search-href';

type Params = Record<string, string | string[] | undefined>;

/** Reads the address; a wrong part is left out, since an address may have been cut on its way. */
export function parseSearch(params: Params): ActivitySearch {
  let isValid = true;
  /** The value of a name, if `read` understands it. */
  const take = <T>(name: string, read: (text: string) => T | null): T | '' => {
    const value = params[name];
    if (value === undefined || value === '') return '';
    const taken = typeof value === 'string' ? read(value) : null;
    if (taken === null) isValid = false;
    return taken ?? '';
  };
  const oneOf =
    <T extends string>(values: readonly T[]) =>
    (text: string) =>
      values.find((value) => value === text) ?? null;
  const part = (name: string, value: unknown) =>
    SavedEventFilter.safeParse({ [name]: value }).success;
  const named: ActivitySearch['named'] = {};
  for (const name of NAMED) {
    const value = take(name, (text) => (part(name, text) ? text : null));
    if (value !== '') named[name] = value;
  }
  const types = [params.type ?? []].flat().filter((type) => type !== '');
  const areTypes = types.length === 0 || part('type', types);
  const from = take('from', parseDay);
  const to = take('to', parseDay);
  const range = take('range', oneOf(RANGES));
  return {
    show: take('show', oneOf(EVENT_GROUPS)),
    q: take('q', (text) => (text.trim().length <= 320 ? text.trim() : null)),
    // Without the word, the days say it.
    range: range === '' && (from !== '' || to !== '') ? 'custom' : range,
    from,
    to,
    saved: take('saved', (text) => (/^[\w-]{1,64}$/.test(text) ? text : null)),
    types: areTypes ? types : [],
    named,
    isValid: isValid && areTypes,
  };
}

/** From when to before when, by the viewer's clock. */
export function spanOf(
  { range, from, to }: ActivitySearch,
  zone: string,
  now: Date,
): { after?: string; before?: string } {
  const start = (day: string) => dayStart(day, zone).toISOString();
  const today = clockIn(zone, now).day;
  switch (range) {
    case '':
      return {};
    case 'today':
      return { after: start(today) };
    case '7d':
      return { after: start(addDays(today, -6)) };
    case '30d':
      return { after: start(addDays(today, -29)) };
    case 'custom':
      return {
        ...(from !== '' && { after: start(from) }),
        ...(to !== '' && { before: start(addDays(to, 1)) }),
      };
  }
}

/** What is asked for, but for its time and what `q` and `saved` mean. */
export function askedBy({ show, types, named }: ActivitySearch): SavedQuery {
  const type = types.length > 0 ? types : show === '' ? [] : typesOfGroup(show);
  return SavedEventFilter.parse({ ...named, ...(type.length > 0 && { type: [...type] }) });
}
type SavedQuery = ReturnType<typeof SavedEventFilter.parse>;

/** The viewer's zone, by its cookie, which may hold anything. */
export function zoneIn(cookie: string | undefined): string {
  try {
    return parseZone(cookie && decodeURIComponent(cookie));
  } catch {
    return parseZone(undefined);
  }
}

/** The network that was typed; what is wrong with it; null: it was none that was meant. */
export function networkIn(text: string): { network: string } | { fault: string } | null {
  const network = parseNetwork(text);
  if (!('error' in network)) return { network: network.text };
  const isMeant = /^[0-9a-f.:]*[.:][0-9a-f.:]*(?:\/\d+)?$/i.test(text);
  return isMeant ? { fault: `${network.error}.` } : null;
}
