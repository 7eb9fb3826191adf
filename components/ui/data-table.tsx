'use client';

import { type FocusEvent, type ReactNode, useEffect, useRef } from 'react';
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
 * A list as a table; where it has less than 42rem of room, each row becomes a card with its columns'
 * titles.
 */
export function DataTable<Row>({
  caption,
  columns,
  rows,
  rowKey,
  isCurrent,
  empty,
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
}) {
  const { ref: table, ...watched } = useKeptFocus<HTMLDivElement>();
  if (rows.length === 0 && empty !== undefined) return empty;
  const hasMenu = columns.some(({ isMenu }) => isMenu);
  const looks = columns.map((column) => lookOf(column, hasMenu));
  return (
    <div ref={table} tabIndex={-1} {...watched} className="@container">
      <table
        role={roles.table}
        className="block w-full text-left @2xl:table @2xl:overflow-hidden @2xl:rounded-lg @2xl:border @2xl:border-separate @2xl:border-spacing-0 @2xl:bg-surface"
      >
        <caption className="sr-only">{caption}</caption>
        <thead role={roles.rowgroup} className="sr-only @2xl:not-sr-only @2xl:table-header-group">
          <tr role={roles.row}>
            {columns.map((column) => (
              <th
                key={column.header}
                role={roles.columnheader}
                scope="col"
                className={classNames(
                  '@2xl:border-b @2xl:bg-canvas @2xl:px-4 @2xl:py-2 text-xs font-medium text-muted whitespace-nowrap',
                  column.align === 'end' && 'text-right',
                  column.wideOnly && 'hidden @2xl:table-cell',
                )}
              >
                <span className={column.headerHidden ? 'sr-only' : undefined}>{column.header}</span>
              </th>
            ))}
          </tr>
        </thead>
        <tbody role={roles.rowgroup} className="flex flex-col gap-3 @2xl:table-row-group">
          {rows.map((row) => (
            <DataRow
              key={rowKey(row)}
              looks={looks}
              cell={(column) => column.cell(row)}
              current={isCurrent?.(row) ?? false}
            />
          ))}
        </tbody>
      </table>
    </div>
  );
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
type Look<Row> = { column: Column<Row>; cell: string; value: string; hasLabel: boolean };

function lookOf<Row>(column: Column<Row>, hasMenu: boolean): Look<Row> {
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
}: {
  looks: readonly Look<Row>[];
  cell: (column: Column<Row>) => ReactNode;
  current: boolean;
}) {
  return (
    <tr
      role={roles.row}
      aria-current={current || undefined}
      className={classNames(
        'relative flex flex-col gap-1.5 rounded-lg border p-4 @2xl:table-row',
        current ? 'border-accent/50 bg-accent-soft/50' : 'bg-surface',
      )}
    >
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
            <span className={value}>{cell(column)}</span>
          </Cell>
        );
      })}
    </tr>
  );
}
