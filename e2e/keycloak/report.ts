/** Ends a part whose further checks rest on the one that failed; that has been told already. */
export class Abandoned extends Error {}

/** Tells how each check ended, in a line of its own. */
export class Report {
  passed = 0;
  failed = 0;
  private part = '';

  begin(part: string): void {
    this.part = part;
  }

  /** A check on which later ones rest. @throws Abandoned when it fails */
  async check<T>(what: string, work: () => Promise<T>): Promise<T> {
    try {
      const result = await work();
      this.passed++;
      console.log(`ok      ${this.part}: ${what}`);
      return result;
    } catch (error) {
      this.failed++;
      console.log(`FAILED  ${this.part}: ${what}\n        ${messageOf(error)}`);
      throw new Abandoned();
    }
  }

  /** A check that stands by itself. */
  async attempt(what: string, work: () => Promise<unknown>): Promise<void> {
    await this.check(what, work).catch(ignoreAbandoned);
  }

  /** A part of the run; its end is told when a check on which the rest rested has failed. */
  async run(part: () => Promise<void>): Promise<void> {
    await part().catch((error: unknown) => {
      ignoreAbandoned(error);
      console.log(`        ${this.part}: what rests on this was not run.`);
    });
  }
}

function ignoreAbandoned(error: unknown): void {
  if (!(error instanceof Abandoned)) throw error;
}

const messageOf = (error: unknown) =>
  (error instanceof Error ? error.message : String(error)).replaceAll('\n', '\n        ');
