/** What a run shows, row by row as it comes and whole at its end. */
export class Table {
  passed = 0;
  failed = 0;
  private readonly rows: string[][] = [];

  constructor(private readonly head: string[]) {}

  add(row: string[]): void {
    this.passed += 1;
    this.show(['', ...row]);
  }

  fail(row: string[]): void {
    this.failed += 1;
    this.show(['FAILED', ...row]);
  }

  /** As Markdown, for docs/interoperability.md. */
  print(): void {
    const all = [['', ...this.head], ...this.rows];
    const widths =
      all[0]?.map((_, at) => Math.max(...all.map((row) => row[at]?.length ?? 0))) ?? [];
    const line = (row: string[]) =>
      `| ${row.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join(' | ')} |`;
    const [head = [], ...rows] = all;
    console.log(
      ['', line(head), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join(
        '\n',
      ),
    );
  }

  private show(row: string[]): void {
    this.rows.push(row);
    console.log(row.filter(Boolean).join('  '));
  }
}
