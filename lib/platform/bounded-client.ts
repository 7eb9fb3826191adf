/**
 * Connections to PostgreSQL on which nothing is waited for without end. A frozen server must be noticed
 * within seconds (threats DB-2, DB-3), but by a clock that stands still while this process is busy: `pg`'s
 * own limits take a stall of the asker for a silence of the database.
 */
import type { Duplex } from 'node:stream';
import pg from 'pg';
import { setFairTimeout } from './fair-timeout';

export type Bounds = {
  /** For the connection itself. */
  connectWithinMs: number;
  /** For each answer; null: as long as it takes. */
  answerWithinMs: number | null;
};

type Callback = (
  error: Error | undefined,
  client: pg.PoolClient | undefined,
  release: (error?: Error | boolean) => void,
) => void;
type AnyCall = (...args: unknown[]) => unknown;

/** A client that is closed when an answer, or the connection, does not come in time. */
export class BoundedClient extends pg.Client {
  readonly #bounds: Bounds;

  constructor(config: pg.ClientConfig & Bounds) {
    super(config);
    this.#bounds = config;
  }

  override readonly connect: pg.Client['connect'] = (...args: unknown[]) =>
    this.#within(this.#bounds.connectWithinMs, super.connect as AnyCall, args);

  override readonly query: pg.Client['query'] = (...args: unknown[]) =>
    this.#within(this.#bounds.answerWithinMs, super.query as AnyCall, args);

  #within(ms: number | null, method: AnyCall, args: unknown[]): never {
    if (ms === null) return method.apply(this, args) as never;
    const end = setFairTimeout(() => {
      const { connection } = this as unknown as { connection: { stream: Duplex } };
      connection.stream.destroy(new Error(`timeout: no answer of the database in ${ms} ms`));
    }, ms);
    const callback = args.at(-1);
    if (typeof callback !== 'function') {
      const answer = method.apply(this, args) as Promise<unknown>;
      answer.then(end, end);
      return answer as never;
    }
    const ended = (...results: unknown[]) => {
      end();
      callback(...results);
    };
    return method.apply(this, [...args.slice(0, -1), ended]) as never;
  }
}

/** A pool of them, in which the wait for a free one ends too. */
export class BoundedPool extends pg.Pool {
  readonly #waitMs: number;

  constructor(config: pg.PoolConfig & Bounds) {
    super({ ...config, Client: BoundedClient as unknown as new () => pg.ClientBase });
    this.#waitMs = config.connectWithinMs;
  }

  override readonly connect: pg.Pool['connect'] = (callback?: Callback): never => {
    if (callback) return this.#connect(callback) as never;
    return new Promise((resolve, reject) => {
      this.#connect((error, client) => (error ? reject(error) : resolve(client)));
    }) as never;
  };

  #connect(callback: Callback): void {
    let isLate = false;
    const end = setFairTimeout(() => {
      isLate = true;
      const error = new Error(`timeout: no connection to the database in ${this.#waitMs} ms`);
      callback(error, undefined, () => {});
    }, this.#waitMs);
    super.connect((error, client, release) => {
      end();
      if (isLate) release();
      else callback(error, client, release);
    });
  }
}
