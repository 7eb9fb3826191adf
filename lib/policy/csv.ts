/** At a file's beginning: by it spreadsheets know that it is UTF-8. */
export const CSV_MARK = '\ufeff';

/**
 * One record of a CSV file (RFC 4180). The attack: a member calls himself `=HYPERLINK(…)`, and the owner's
 * spreadsheet does what that says. So a cell that could begin a formula, by full-width signs too, begins with an
 * apostrophe instead.
 */
export function csvRecord(cells: readonly (string | number | boolean | null)[]): string {
  return `${cells.map((cell) => csvCell(cell === null ? '' : String(cell))).join(',')}\r\n`;
}

function csvCell(text: string): string {
  const safe = /^[=+\-@\t\r\0＝＋－＠]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
