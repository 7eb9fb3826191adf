import { CSV_MARK, csvRecord } from '@/lib/policy/csv';
import { dayOf } from '@/lib/policy/days';
import type { Placed, Slice } from '@/lib/store/paging';

/** Rows a statement. */
const BATCH = 500;

export type File = { type: string; name: string; parts: AsyncGenerator<string, void, void> };

/**
 * A whole list as a CSV file, written as it is read, some rows at a time. What can't be asked for at all is thrown
 * before it begins.
 * @param columns what each is called, and what a row has there
 * @param now for its name
 */
export async function csvFile<Row extends Placed, T>(
  list: { name: string; find: (slice: Slice) => Promise<Row[]>; present: (row: Row) => T },
  columns: Readonly<Record<string, (row: T) => string | number | boolean | null>>,
  now: Date,
): Promise<File> {
  const first = await list.find({ after: null, rows: BATCH });
  return {
    type: 'text/csv; charset=utf-8',
    name: `gatehouse-${list.name}-${dayOf(now)}.csv`,
    parts: parts(list, columns, first),
  };
}

async function* parts<Row extends Placed, T>(
  { find, present }: { find: (slice: Slice) => Promise<Row[]>; present: (row: Row) => T },
  columns: Readonly<Record<string, (row: T) => string | number | boolean | null>>,
  first: Row[],
): AsyncGenerator<string, void, void> {
  yield CSV_MARK + csvRecord(Object.keys(columns));
  for (let rows = first; rows.length > 0; ) {
    const cells = rows.map(present).map((row) => Object.values(columns).map((of) => of(row)));
    yield cells.map(csvRecord).join('');
    const last = rows.at(-1);
    if (rows.length < BATCH || !last) return;
    rows = await find({ after: { key: last.key, id: last.id }, rows: BATCH });
  }
}
