import { type GatehouseError, invalidField } from '@/lib/contract/errors';
import type { Paging } from '@/lib/contract/paging';
import type { Page } from '@/lib/contract/resources';
import {
  type ListName,
  type Position,
  parseCursor,
  type SortKey,
  writeCursor,
} from '@/lib/policy/paging';
import type { Slice } from '@/lib/store/paging';

/**
 * One page of a list: the one way of all of them. One row more than is shown tells whether there is a next.
 * @throws invalid_request for a cursor that this list never gave out
 */
export async function pageOf<Row, T>(
  list: {
    name: ListName;
    sortKey: SortKey;
    find: (slice: Slice) => Promise<Row[]>;
    positionOf: (row: Row) => Position;
    present: (row: Row) => T;
  },
  { cursor, limit }: Paging,
): Promise<Page<T>> {
  const after = cursor === undefined ? null : parseCursor(list.name, list.sortKey, cursor);
  if (cursor !== undefined && after === null) throw foreignCursor();
  const rows = await list.find({ after, rows: limit + 1 });
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return {
    data: shown.map(list.present),
    nextCursor: rows.length > limit && last ? writeCursor(list.name, list.positionOf(last)) : null,
  };
}

/** The refusal of a cursor that a list never gave out. */
export function foreignCursor(): GatehouseError {
  return invalidField(
    'cursor',
    'Not a cursor of this list',
    'This cursor is not of this list. Begin without one, and go on with the “nextCursor” of each answer.',
  );
}

/** The place of a row in a list that shows the latest first. */
export const byTime = (at: Date, id: string): Position => ({ key: at.toISOString(), id });
