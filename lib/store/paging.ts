import { Prisma } from '@/lib/platform/prisma/client';
import type { Position } from '@/lib/policy/paging';

/** A part of a list: so many rows, from after a position; null: from its beginning. */
export type Slice = { after: Position | null; rows: number };

/** A row of a list that is counted. */
export type Placed = Position & {
  /** How many rows the list has, and how many stand before this part of it. */
  total: number;
  before: number;
  /** After which the part before this one begins; null: with the list. */
  previousKey: string | null;
  previousId: string | null;
};

/**
 * The part of a list that `matching` holds, with `key` and `id` as text, as `page` with what `Placed` adds. It
 * stands between `WITH matching AS MATERIALIZED (…),` and what is read of the page.
 */
export function countedSlice({ after, rows }: Slice, isDescending: boolean): Prisma.Sql {
  const isAfter = Prisma.sql`CASE WHEN ${isDescending}::bool
    THEN (m.key, m.id) < (${after?.key}::text, ${after?.id}::text)
    ELSE (m.key, m.id) > (${after?.key}::text, ${after?.id}::text) END`;
  return Prisma.sql`counted AS MATERIALIZED (
      SELECT count(*)::int AS total, count(*) FILTER (WHERE NOT ${isAfter})::int AS before FROM matching m),
    previous AS MATERIALIZED (
      SELECT m.key, m.id FROM matching m WHERE NOT ${isAfter}
      ORDER BY ${inOrder('m', !isDescending)} OFFSET ${rows}::int - 1 LIMIT 1),
    page AS MATERIALIZED (
      SELECT m.*, c.total, c.before, p.key AS "previousKey", p.id AS "previousId"
      FROM counted c CROSS JOIN matching m LEFT JOIN previous p ON true
      WHERE ${after?.key}::text IS NULL OR ${isAfter}
      ORDER BY ${inOrder('m', isDescending)} LIMIT ${rows})`;
}

/** Its order, for whatever reads on. @param alias of what has `key` and `id` */
export function inOrder(alias: string, isDescending: boolean): Prisma.Sql {
  const key = Prisma.raw(`${alias}.key`);
  const id = Prisma.raw(`${alias}.id`);
  const down = Prisma.sql`${isDescending}::bool`;
  return Prisma.sql`CASE WHEN ${down} THEN NULL ELSE ${key} END, CASE WHEN ${down} THEN ${key} END DESC,
      CASE WHEN ${down} THEN NULL ELSE ${id} END, CASE WHEN ${down} THEN ${id} END DESC`;
}

/** An instant as a text that sorts as it does, such as `2026-11-22T17:54:03.000Z`. */
export const timeKey = (instant: string) =>
  `to_char(${instant} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
