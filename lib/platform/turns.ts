/** No turn came in time. */
export class BusyError extends Error {
  override name = 'BusyError';
}

/** Lets only so many do something at once; the others wait in order, and not for ever. */
export class Turns {
  #running = 0;
  readonly #waiting: (() => void)[] = [];

  /**
   * @param concurrent how many at once
   * @param waitMs how long one waits before being turned away
   */
  constructor(
    private readonly concurrent: number,
    private readonly waitMs: number,
  ) {}

  /** Does the work when its turn comes. @throws BusyError */
  async take<T>(work: () => Promise<T>): Promise<T> {
    await this.#turn();
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#running -= 1;
    }
  }

  async #turn(): Promise<void> {
    if (this.#running < this.concurrent) {
      this.#running += 1;
      return;
    }
    await new Promise<void>((resolve, reject) => {
      const start = () => {
        clearTimeout(timer);
        resolve();
      };
      const timer = setTimeout(() => {
        this.#waiting.splice(this.#waiting.indexOf(start), 1);
        reject(new BusyError(`no turn within ${this.waitMs} ms`));
      }, this.waitMs);
      this.#waiting.push(start);
    });
  }
}
