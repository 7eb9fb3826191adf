import { CSV_MARK, csvRecord } from './csv';

/** In which order events are asked for: the latest first, or as they were written. */
export const EVENT_ORDERS = ['desc', 'asc'] as const;

export const EXPORT_FORMATS = ['csv', 'ndjson'] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

/** The header row. A column is only ever added at the end. */
export const CSV_COLUMNS = [
  'id',
  'at',
  'type',
  'actor_kind',
  'actor',
  'user',
  'action',
  'finding',
  'network',
  'address',
  'country',
  'asn',
  'session_id',
  'request_id',
  'reason',
  'before',
  'after',
] as const;

export const CSV_HEAD = `${CSV_MARK}${CSV_COLUMNS.join(',')}\r\n`;

/** An event as a record of a CSV file. */
export const csvEvent = (
  cells: Readonly<Record<(typeof CSV_COLUMNS)[number], string | null>>,
): string => csvRecord(CSV_COLUMNS.map((column) => cells[column]));
