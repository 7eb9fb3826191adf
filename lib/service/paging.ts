import { type GatehouseError, invalidField } from '@/lib/contract/errors';
import type { Paging } from '@/lib/contract/paging';
import type { CountedPage, Page } from '@/lib/contract/resources';
import {
  type ListName,
  type Position,
  parseCursor,
  type SortKey,
  writeCursor,
} from '@/lib/policy/paging';
import type { Placed, Slice } from '@/lib/store/paging';

type List<Row, T> = {
  name: ListName;
  sortKey: SortKey;
  find: (slice: Slice) => Promise<Row[]>;
  positionOf: (row: Row) => Position;
  present: (row: Row) => T;
};

/**
 * One page of a list: the one way of all of them. One row more than is shown tells whether there is a next.
 * @throws invalid_request for a cursor that this list never gave out
 */
export async function pageOf<Row, T>(list: List<Row, T>, paging: Paging): Promise<Page<T>> {
  const { data, nextCursor } = await partOf(list, paging);
  return { data: data.map(list.present), nextCursor };
}

/** The same of a list that is counted, and can be gone back in. @throws invalid_request */
export async function countedPageOf<Row extends Placed, T>(
  counted: Omit<List<Row, T>, 'sortKey' | 'positionOf'>,
  paging: Paging,
): Promise<CountedPage<T>> {
  const list = { ...counted, sortKey: 'text', positionOf } as const;
  const { data, nextCursor } = await partOf(list, paging);
  const [first] = data;
  // What stood from the cursor on may have gone meanwhile.
  const isAll = first !== undefined || paging.cursor === undefined;
  const [beginning] = isAll ? [first] : await list.find({ after: null, rows: 1 });
  const total = beginning?.total ?? 0;
  const { before = total, previousKey: key = null, previousId: id = null } = first ?? {};
  return {
    data: data.map(list.present),
    nextCursor,
    total,
    before,
    previousCursor: key !== null && id !== null ? writeCursor(list.name, { key, id }) : null,
  };
}

const positionOf = ({ key, id }: Placed): Position => ({ key, id });

async function partOf<Row, T>(
  list: List<Row, T>,
  { cursor, limit }: Paging,
): Promise<{ data: Row[]; nextCursor: string | null }> {
  const after = cursor === undefined ? null : parseCursor(list.name, list.sortKey, cursor);
  if (cursor !== undefined && after === null) throw foreignCursor();
  const rows = await list.find({ after, rows: limit + 1 });
  const data = rows.slice(0, limit);
  const last = data.at(-1);
  const isMore = rows.length > limit && last !== undefined;
  return { data, nextCursor: isMore ? writeCursor(list.name, list.positionOf(last)) : null };
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
