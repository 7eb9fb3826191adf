/** So much at once, and so much a second after it. */
export type Rate = { burst: number; perSecond: number };

/** Takes what is earned in time, and no more than a burst of it at once. */
export class TokenBucket {
  #left: number;
  #at: number;

  /** @param nowMs a clock that never goes back */
  constructor(
    private readonly rate: Rate,
    private readonly nowMs: () => number = () => performance.now(),
  ) {
    this.#left = rate.burst;
    this.#at = nowMs();
  }

  /** @returns whether there was one to take */
  take(): boolean {
    this.#earn();
    if (this.#left < 1) return false;
    this.#left -= 1;
    return true;
  }

  /** As one that was never asked: nothing need be kept of it. */
  get isFull(): boolean {
    this.#earn();
    return this.#left === this.rate.burst;
  }

  #earn(): void {
    const now = this.nowMs();
    const earned = ((now - this.#at) / 1_000) * this.rate.perSecond;
    this.#left = Math.min(this.rate.burst, this.#left + earned);
    this.#at = now;
  }
}

/** How many keys are kept before those with nothing to remember are looked for. */
const SWEEP_AT = 10_000;
/** How many are kept at most: whoever makes up keys can fill no memory. The oldest go first. */
const KEPT_MAX = 50_000;

/** A bucket a key, in this process alone: no question to the database, and nothing to wait for. */
export class TokenBuckets {
  readonly #buckets = new Map<string, TokenBucket>();
  #sweepAt = SWEEP_AT;

  constructor(
    private readonly rate: Rate,
    private readonly nowMs: () => number = () => performance.now(),
  ) {}

  /** @returns whether there was one to take */
  take(key: string): boolean {
    let bucket = this.#buckets.get(key);
    if (!bucket) {
      if (this.#buckets.size >= this.#sweepAt) this.#sweep();
      bucket = new TokenBucket(this.rate, this.nowMs);
      this.#buckets.set(key, bucket);
    }
    return bucket.take();
  }

  /** How many keys are remembered. */
  get size(): number {
    return this.#buckets.size;
  }

  #sweep(): void {
    for (const [key, bucket] of this.#buckets) if (bucket.isFull) this.#buckets.delete(key);
    for (const key of this.#buckets.keys()) {
      if (this.#buckets.size < KEPT_MAX) break;
      this.#buckets.delete(key);
    }
    // Not again for each further one.
    this.#sweepAt = Math.min(KEPT_MAX, Math.max(SWEEP_AT, 2 * this.#buckets.size));
  }
}
