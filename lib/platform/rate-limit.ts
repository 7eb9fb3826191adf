import { RateLimiterPostgres, RateLimiterRes } from 'rate-limiter-flexible';
import { database } from './database';
import { shared } from './shared';

/**
 * Counters on PostgreSQL, so that all instances count together. Keys are made of resolved networks and
 * accounts, never of anything a caller writes freely.
 */
export type Limit = {
  name: string;
  points: number;
  perSeconds: number;
  /** The first wait once the points are used up; it doubles with each further time within a day. */
  firstDelaySeconds: number;
  maxDelaySeconds: number;
};

/** One limit for one key. */
export type Counter = { limit: Limit; key: string };

const DAY_SECONDS = 86_400;

type Limiters = { points: RateLimiterPostgres; overruns: RateLimiterPostgres };

function limiters(limit: Limit): Limiters {
  return shared(`rate-limit:${limit.name}`, () => {
    const options = {
      storeClient: database().pool,
      storeType: 'pool',
      tableName: 'rate_limits',
      tableCreated: true,
    };
    return {
      points: new RateLimiterPostgres({
        ...options,
        keyPrefix: limit.name,
        points: limit.points,
        duration: limit.perSeconds,
      }),
      overruns: new RateLimiterPostgres({
        ...options,
        keyPrefix: `${limit.name}:overruns`,
        points: 1000,
        duration: DAY_SECONDS,
        clearExpiredByTimeout: false,
      }),
    };
  });
}

/**
 * Takes one point. @returns the seconds to wait, or 0 when the point was there.
 * @throws when the database can't be asked: a limit that can't be counted is not passed.
 */
export async function takePoint(limit: Limit, key: string): Promise<number> {
  const { points } = limiters(limit);
  try {
    await points.consume(key);
    return 0;
  } catch (rejection) {
    if (!(rejection instanceof RateLimiterRes)) throw rejection;
    if (rejection.consumedPoints !== limit.points + 1) return seconds(rejection.msBeforeNext);
    return block({ limit, key });
  }
}

/**
 * Counts without ever refusing: for what is done once in a while, or at the last of so many.
 * @returns how many within the limit's time, this one included
 */
export async function countPoint({ limit, key }: Counter): Promise<number> {
  const { consumedPoints } = await limiters(limit).points.penalty(key);
  return consumedPoints;
}

/** Takes the point of an attempt that went wrong; with the last one the wait begins. */
export async function chargePoint({ limit, key }: Counter): Promise<void> {
  const { consumedPoints } = await limiters(limit).points.penalty(key);
  if (consumedPoints === limit.points) await block({ limit, key });
}

/** The longest wait among some counters in seconds, 0 when none has used up its points. Takes none. */
export async function findWait(counters: Counter[]): Promise<number> {
  const pointsByKey = new Map(
    counters.map(({ limit, key }) => [`${limit.name}:${key}`, limit.points]),
  );
  const { rows } = await database().pool.query<{ key: string; points: number; expire: string }>(
    'SELECT key, points, expire FROM rate_limits WHERE key = ANY($1)',
    [[...pointsByKey.keys()]],
  );
  const now = Date.now();
  const waits = rows
    .filter((row) => row.points >= (pointsByKey.get(row.key) ?? 0) && Number(row.expire) > now)
    .map((row) => seconds(Number(row.expire) - now));
  return Math.max(0, ...waits);
}

async function block({ limit, key }: Counter): Promise<number> {
  const { points, overruns } = limiters(limit);
  const { consumedPoints } = await overruns.penalty(key);
  const delay = Math.min(
    limit.firstDelaySeconds * 2 ** (consumedPoints - 1),
    limit.maxDelaySeconds,
  );
  return seconds((await points.block(key, delay)).msBeforeNext);
}

/** Forgets a key: whoever passed was no attacker. */
export async function clearPoints({ limit, key }: Counter): Promise<void> {
  const { points, overruns } = limiters(limit);
  await Promise.all([points.delete(key), overruns.delete(key)]);
}

const seconds = (ms: number) => Math.max(1, Math.ceil(ms / 1000));
