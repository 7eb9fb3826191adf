import type { Position } from '@/lib/policy/paging';

/** A part of a list: so many rows, from after a position; null: from its beginning. */
export type Slice = { after: Position | null; rows: number };
