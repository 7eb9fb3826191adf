/**
 * Lists come page by page, each of them in the same way: in one order that no two rows share, from the row
 * after the one that a cursor names. What is added or taken away meanwhile moves no other row to another page.
 */

/** A row's place in its list: what the list is ordered by, and among equals its id. */
export type Position = { key: string; id: string };

/** What a list is ordered by: an instant as RFC 3339, a text, or the id alone, which is a number then. */
export type SortKey = 'time' | 'text' | 'none';

/** Which list: its name, and whose it is. A cursor of one is refused by all others. */
export type ListName = `${string} ${string}`;

/** What a program gets to ask for the rest by. It says nothing that the page before did not show. */
export function writeCursor(list: ListName, { key, id }: Position): string {
  const bytes = new TextEncoder().encode(JSON.stringify([list, key, id]));
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replace(/=+$/, '');
}

/** @returns null for what this list never gave out */
export function parseCursor(list: ListName, sortKey: SortKey, text: string): Position | null {
  const value = decode(text);
  if (!Array.isArray(value) || value.length !== 3) return null;
  const [name, key, id] = value as unknown[];
  if (name !== list || typeof key !== 'string' || typeof id !== 'string') return null;
  const isId = sortKey === 'none' ? /^[0-9]{1,18}$/ : /^[\w-]{1,64}$/;
  if (!isKey[sortKey](key) || !isId.test(id)) return null;
  return { key, id };
}

const isKey: Record<SortKey, (key: string) => boolean> = {
  time: (key) =>
    /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(key) &&
    !key.startsWith('0000') &&
    !Number.isNaN(Date.parse(key)) &&
    new Date(key).toISOString() === key,
  text: (key) => key.isWellFormed() && !key.includes('\0'),
  none: (key) => key === '',
};

function decode(text: string): unknown {
  try {
    const bytes = Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (char) =>
      char.charCodeAt(0),
    );
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    return null;
  }
}

/** What a list may be ordered by: `name`, or `-name` for the other way round. */
export type Sort<By extends string> = By | `-${By}`;

export type Order<By extends string> = { by: By; isDescending: boolean };

export function orderOf<By extends string>(sort: Sort<By>): Order<By> {
  const isDescending = sort.startsWith('-');
  return { by: (isDescending ? sort.slice(1) : sort) as By, isDescending };
}
