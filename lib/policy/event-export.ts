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

/** By it spreadsheets know that a file is UTF-8. */
const BYTE_ORDER_MARK = '\ufeff';

export const CSV_HEAD = `${BYTE_ORDER_MARK}${CSV_COLUMNS.join(',')}\r\n`;

/**
 * One record of a CSV file (RFC 4180). The attack: a member calls himself `=HYPERLINK(…)`, and the owner's
 * spreadsheet does what that says. So a cell that could begin a formula begins with an apostrophe instead.
 */
export function csvRecord(
  cells: Readonly<Record<(typeof CSV_COLUMNS)[number], string | null>>,
): string {
  return `${CSV_COLUMNS.map((column) => csvCell(cells[column] ?? '')).join(',')}\r\n`;
}

function csvCell(text: string): string {
  const safe = /^[=+\-@\t\r\0]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
