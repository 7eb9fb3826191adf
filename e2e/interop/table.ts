/** What a run shows: each check as it ends, and at last a row for each thing that was checked. */
export class Table {
  passed = 0;
  failed = 0;
  /** By the words in the first columns: each check's result. */
  private readonly rows = new Map<string, Map<string, string>>();
  private readonly checks = new Set<string>();

  /** @param keys the names of the first columns, which say what is checked */
  constructor(private readonly keys: string[]) {}

  /** @param what as many words as there are first columns */
  tell(what: string[], check: string, result: string, isGood: boolean): void {
    if (isGood) this.passed += 1;
    else this.failed += 1;
    const shown = isGood ? result : `FAILED: ${result}`;
    console.log([...what, `${check}: ${shown}`].join('  '));
    const key = what.join('\t');
    const row = this.rows.get(key) ?? new Map<string, string>();
    this.rows.set(key, row.set(check, shown));
    this.checks.add(check);
  }

  /** As Markdown, for docs/interoperability.md. @returns the exit code */
  end(): number {
    const checks = [...this.checks];
    const head = [...this.keys, ...checks];
    const rows = [...this.rows].map(([key, row]) => [
      ...key.split('\t'),
      ...checks.map((check) => row.get(check) ?? ''),
    ]);
    const lines = [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`);
    console.log(`\n${lines.join('\n')}\n\n${this.passed} passed, ${this.failed} failed`);
    return this.failed === 0 ? 0 : 1;
  }
}
