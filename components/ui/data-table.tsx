'use client';

import { ArrowDown, ArrowUp } from 'lucide-react';
import Link from 'next/link';
import { type FocusEvent, type KeyboardEvent, type ReactNode, useEffect, useRef } from 'react';
import { classNames } from '@/components/ui/class-names';

export type Column<Row> = {
  /** The column's title; with `headerHidden` only read out. */
  header: string;
  cell: (row: Row) => ReactNode;
  headerHidden?: boolean;
  /** Names the row: set large in a card, and read out as the row's header. One column has it. */
  isTitle?: boolean;
  /** Buttons and menus: at the end of the line, and last in a card. */
  isActions?: boolean;
  /** With `isActions`: nothing but one menu, which a card has in its corner. */
  isMenu?: boolean;
  align?: 'start' | 'end';
  /** Left out where the table is narrow. */
  wideOnly?: boolean;
  /**
   * Where it stands when the table is narrow: at the first line's end, or in the second line. A table of which a
   * column says so has rows of two lines then, without titles, instead of cards; the other columns are left out.
   */
  narrow?: 'end' | 'second';
  /** The list can be ordered by it, under this name. */
  sort?: string;
  /** Numbers and times begin with the highest. */
  sortsDown?: boolean;
  className?: string;
};

/** Written out, because `display` takes them away from table elements in some browsers. */
const roles = {
  table: 'table',
  rowgroup: 'rowgroup',
  row: 'row',
  columnheader: 'columnheader',
  rowheader: 'rowheader',
  cell: 'cell',
} as const;

/**
 * A list as a table; where it has less than 42rem of room, each row becomes a card with its columns' titles, or
 * two lines without them.
 */
export function DataTable<Row>({
  caption,
  columns,
  rows,
  rowKey,
  isCurrent,
  empty,
  sorting,
  selection,
}: {
  /** What the table lists; read out, not shown. */
  caption: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  rowKey: (row: Row) => string;
  /** Marks the present session or network. Also say it in words, with a `Badge`. */
  isCurrent?: (row: Row) => boolean;
  /** Shown instead of a table without rows: an `EmptyState`. */
  empty?: ReactNode;
  /** What it is ordered by, and where it is ordered by something else. */
  sorting?: Sorting;
  /** Its rows can be chosen, for what is done with several at once. */
  selection?: Selection<Row>;
}) {
  const { ref: table, ...watched } = useKeptFocus<HTMLDivElement>();
  if (rows.length === 0 && empty !== undefined) return empty;
  const hasMenu = columns.some(({ isMenu }) => isMenu);
  const isCompact = columns.some(({ narrow }) => narrow);
  const looks = columns.map((column) => lookOf(column, hasMenu, isCompact));
  return (
    <div ref={table} tabIndex={-1} {...watched} className="@container">
      <table
        role={roles.table}
        className={classNames(
          'block w-full text-left @2xl:table @2xl:border-separate @2xl:border-spacing-0',
          '@2xl:overflow-clip @2xl:rounded-lg @2xl:border @2xl:bg-surface',
          isCompact && '@max-2xl:overflow-clip @max-2xl:rounded-lg @max-2xl:border',
        )}
      >
        <caption className="sr-only">{caption}</caption>
        <thead role={roles.rowgroup} className="sr-only @2xl:not-sr-only @2xl:table-header-group">
          <tr role={roles.row}>
            {selection ? (
              <th
                role={roles.columnheader}
                scope="col"
                className={classNames(headClass, '@2xl:pr-0')}
              >
                <SelectAll selection={selection} rows={rows} />
              </th>
            ) : null}
            {columns.map((column) => (
              <th
                key={column.header}
                role={roles.columnheader}
                scope="col"
                aria-sort={sorting && sortOf(column, sorting)}
                className={classNames(
                  headClass,
                  column.align === 'end' && 'text-right',
                  column.wideOnly && 'hidden @2xl:table-cell',
                )}
              >
                {sorting && column.sort ? (
                  <SortLink column={column} sorting={sorting} />
                ) : (
                  <span className={column.headerHidden ? 'sr-only' : undefined}>
                    {column.header}
                  </span>
                )}
              </th>
            ))}
          </tr>
        </thead>
        <tbody
          role={roles.rowgroup}
          className={classNames('flex flex-col @2xl:table-row-group', !isCompact && 'gap-3')}
          onKeyDown={selection && moveBetweenBoxes}
        >
          {rows.map((row, index) => (
            <DataRow
              key={rowKey(row)}
              looks={looks}
              cell={(column) => column.cell(row)}
              current={isCurrent?.(row) ?? false}
              isCompact={isCompact}
              box={
                selection && (
                  <input
                    type="checkbox"
                    aria-label={`Select ${selection.nameOf(row)}`}
                    data-row-box
                    // One stop for them all: up and down lead to the others.
                    tabIndex={index === 0 ? 0 : -1}
                    checked={selection.has(row)}
                    onChange={() => selection.toggle(row)}
                    className="relative z-1 block size-4 accent-accent pointer-coarse:size-5"
                  />
                )
              }
            />
          ))}
        </tbody>
      </table>
    </div>
  );
}

const headClass =
  '@2xl:sticky @2xl:top-0 @2xl:z-10 @2xl:border-b @2xl:bg-canvas @2xl:px-4 @2xl:py-2 text-xs font-medium text-muted whitespace-nowrap';

export type Sorting = {
  /** `name`, or `-name` for the other way round. */
  value: string;
  hrefOf: (sort: string) => string;
};

const isBy = (sort: string | undefined, value: string) =>
  sort !== undefined && (value === sort || value === `-${sort}`);

function sortOf({ sort }: Pick<Column<never>, 'sort'>, { value }: Sorting) {
  if (!isBy(sort, value)) return undefined;
  return value.startsWith('-') ? 'descending' : 'ascending';
}

function SortLink<Row>({ column, sorting }: { column: Column<Row>; sorting: Sorting }) {
  const { sort = '', sortsDown, header } = column;
  const { value, hrefOf } = sorting;
  const first = sortsDown ? `-${sort}` : sort;
  const other = sortsDown ? sort : `-${sort}`;
  const Icon = value.startsWith('-') ? ArrowDown : ArrowUp;
  return (
    <Link
      href={hrefOf(value === first ? other : first)}
      prefetch={false}
      replace
      scroll={false}
      className="-mx-1 inline-flex items-center gap-1 rounded-sm px-1 hover:text-ink"
    >
      <span>{header}</span>
      {isBy(sort, value) ? <Icon aria-hidden className="size-3" /> : null}
    </Link>
  );
}

/** Which rows are chosen; of those shown alone. */
export type Selection<Row> = {
  has: (row: Row) => boolean;
  toggle: (row: Row) => void;
  setAll: (isChosen: boolean) => void;
  /** What a row is called, after "Select". */
  nameOf: (row: Row) => string;
};

function SelectAll<Row>({ selection, rows }: { selection: Selection<Row>; rows: readonly Row[] }) {
  const chosen = rows.filter(selection.has).length;
  return (
    <input
      type="checkbox"
      aria-label="Select all on this page"
      ref={(box) => {
        if (box) box.indeterminate = chosen > 0 && chosen < rows.length;
      }}
      checked={chosen > 0 && chosen === rows.length}
      onChange={(event) => selection.setAll(event.target.checked)}
      className="block size-4 accent-accent"
    />
  );
}

/** Up and down lead from box to box, and the one that has the focus is the list's stop. */
function moveBetweenBoxes(event: KeyboardEvent<HTMLElement>) {
  const way = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
  if (way === 0 || !(event.target instanceof HTMLElement)) return;
  if (!event.target.matches('[data-row-box]')) return;
  const boxes = [...event.currentTarget.querySelectorAll<HTMLElement>('[data-row-box]')];
  const next = boxes[boxes.indexOf(event.target) + way];
  if (!next) return;
  event.preventDefault();
  for (const box of boxes) box.tabIndex = box === next ? 0 : -1;
  next.focus();
}

/**
 * Focus that was within and whose holder is gone, since its row was revoked or removed, stays with the list:
 * else whoever works by keyboard would begin again at the page's top.
 */
function useKeptFocus<E extends HTMLElement>() {
  const ref = useRef<E>(null);
  const isWithin = useRef(false);
  useEffect(() => {
    if (isWithin.current && document.activeElement === document.body) ref.current?.focus();
  });
  return {
    ref,
    onFocus: () => {
      isWithin.current = true;
    },
    // Not told where the holder itself is taken away.
    onBlur: ({ target }: FocusEvent) => {
      isWithin.current = !target.isConnected;
    },
  };
}

/** A column, and what each of its cells looks like: said once, not for each row. */
type Look<Row> = {
  column: Column<Row>;
  cell: string;
  /** Null: what it shows stands in it as it is. */
  value: string | null;
  hasLabel: boolean;
};

function lookOf<Row>(column: Column<Row>, hasMenu: boolean, isCompact: boolean): Look<Row> {
  if (isCompact) {
    return {
      column,
      cell: classNames(
        'row-cell',
        column.isTitle && 'row-title',
        column.narrow === 'end' && '@max-2xl:order-1',
        column.narrow === 'second' && 'row-second',
        !column.narrow && !column.isTitle && '@max-2xl:hidden',
        column.align === 'end' && '@2xl:text-right',
        column.isActions && '@2xl:w-px @2xl:text-right @2xl:whitespace-nowrap',
        column.className,
      ),
      value: null,
      hasLabel: false,
    };
  }
  const isWhole = Boolean(column.isTitle || column.isActions);
  return {
    column,
    cell: classNames(
      'cell',
      column.isTitle && 'text-[0.9375rem] font-medium @2xl:text-sm',
      column.isTitle && hasMenu && '@max-2xl:pr-8',
      column.isMenu && '@max-2xl:absolute @max-2xl:top-2 @max-2xl:right-2',
      column.isActions && !column.isMenu && 'mt-2',
      column.isActions &&
        '@max-2xl:has-[>span:empty]:hidden @2xl:mt-0 @2xl:w-px @2xl:whitespace-nowrap',
      (column.align === 'end' || column.isActions) && '@2xl:text-right',
      column.wideOnly && 'hidden @2xl:table-cell',
      column.className,
    ),
    value: classNames(
      'min-w-0',
      isWhole ? 'w-full' : 'text-right',
      column.align !== 'end' && !column.isActions && '@2xl:text-left',
    ),
    hasLabel: !isWhole,
  };
}

function DataRow<Row>({
  looks,
  cell,
  current,
  isCompact,
  box,
}: {
  looks: readonly Look<Row>[];
  cell: (column: Column<Row>) => ReactNode;
  current: boolean;
  isCompact: boolean;
  box: ReactNode;
}) {
  return (
    <tr
      role={roles.row}
      aria-current={current || undefined}
      className={classNames(
        isCompact ? 'two-lines' : 'relative flex flex-col gap-1.5 rounded-lg border p-4',
        '@2xl:table-row',
        current ? 'border-accent/50 bg-accent-soft/50' : 'bg-surface',
      )}
    >
      {box ? (
        <td role={roles.cell} className="row-cell @2xl:w-px @2xl:pr-0">
          {box}
        </td>
      ) : null}
      {looks.map(({ column, cell: cellClass, value, hasLabel }) => {
        const Cell = column.isTitle ? 'th' : 'td';
        return (
          <Cell
            key={column.header}
            role={column.isTitle ? roles.rowheader : roles.cell}
            scope={column.isTitle ? 'row' : undefined}
            className={cellClass}
          >
            {hasLabel ? (
              <span aria-hidden className="shrink-0 text-muted @2xl:hidden">
                {column.header}
              </span>
            ) : null}
            {value === null ? cell(column) : <span className={value}>{cell(column)}</span>}
          </Cell>
        );
      })}
    </tr>
  );
}
