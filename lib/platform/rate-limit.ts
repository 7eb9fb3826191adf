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
  const { points, overruns } = limiters(limit);
  try {
    await points.consume(key);
    return 0;
  } catch (rejection) {
    if (!(rejection instanceof RateLimiterRes)) throw rejection;
    if (rejection.consumedPoints !== limit.points + 1) return seconds(rejection.msBeforeNext);
    const { consumedPoints } = await overruns.penalty(key);
    const delay = Math.min(
      limit.firstDelaySeconds * 2 ** (consumedPoints - 1),
      limit.maxDelaySeconds,
    );
    return seconds((await points.block(key, delay)).msBeforeNext);
  }
}

/** Forgets a key: whoever passed was no attacker. */
export async function clearPoints(limit: Limit, key: string): Promise<void> {
  const { points, overruns } = limiters(limit);
  await Promise.all([points.delete(key), overruns.delete(key)]);
}

const seconds = (ms: number) => Math.max(1, Math.ceil(ms / 1000));
