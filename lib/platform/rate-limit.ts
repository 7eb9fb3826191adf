import { database } from './postgres/database';

/**
 * Counters on PostgreSQL, so that all instances count together, by its clock alone: by their own, one that
 * is a minute late would keep somebody out for a minute more, and one that is early let him in. Keys are
 * made of resolved networks and accounts, never of anything a caller writes freely.
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

/** In milliseconds, as `expire` is. */
const NOW = '(extract(epoch FROM gatehouse_now()) * 1000)::bigint';

type Count = { points: number; waitMs: number };

/** Counts one more under a key, whose count begins anew when its time is over. */
async function count(key: string, seconds: number): Promise<Count> {
  const { rows } = await database().pool.query<Count>(
    `INSERT INTO rate_limits AS r (key, points, expire) VALUES ($1, 1, ${NOW} + 1000 * $2::bigint)
     ON CONFLICT (key) DO UPDATE SET
       points = CASE WHEN r.expire <= ${NOW} THEN 1 ELSE r.points + 1 END,
       expire = CASE WHEN r.expire <= ${NOW} THEN excluded.expire ELSE r.expire END
     RETURNING points, (expire - ${NOW})::float8 AS "waitMs"`,
    [key, seconds],
  );
  const [row] = rows;
  if (!row) throw new Error('counting returned no row');
  return row;
}

const keyOf = ({ limit, key }: Counter) => `${limit.name}:${key}`;
/** How often within a day the points of a key were used up. */
const overrunsOf = ({ limit, key }: Counter) => `${limit.name}:overruns:${key}`;

/**
 * Takes one point. @returns the seconds to wait, or 0 when the point was there.
 * @throws when the database can't be asked: a limit that can't be counted is not passed.
 */
export async function takePoint(limit: Limit, key: string): Promise<number> {
  const { points, waitMs } = await count(keyOf({ limit, key }), limit.perSeconds);
  if (points <= limit.points) return 0;
  return points === limit.points + 1 ? block({ limit, key }) : seconds(waitMs);
}

/**
 * Counts without ever refusing: for what is done once in a while, or at the last of so many.
 * @returns how many within the limit's time, this one included
 */
export async function countPoint(counter: Counter): Promise<number> {
  return (await count(keyOf(counter), counter.limit.perSeconds)).points;
}

/** Takes the point of an attempt that went wrong; with the last one the wait begins. */
export async function chargePoint(counter: Counter): Promise<void> {
  if ((await countPoint(counter)) === counter.limit.points) await block(counter);
}

/** The longest wait among some counters in seconds, 0 when none has used up its points. Takes none. */
export async function findWait(counters: Counter[]): Promise<number> {
  const pointsByKey = new Map(counters.map((one) => [keyOf(one), one.limit.points]));
  const { rows } = await database().pool.query<Count & { key: string }>(
    `SELECT key, points, (expire - ${NOW})::float8 AS "waitMs" FROM rate_limits
     WHERE key = ANY($1) AND expire > ${NOW}`,
    [[...pointsByKey.keys()]],
  );
  const waits = rows
    .filter(({ key, points }) => points >= (pointsByKey.get(key) ?? 0))
    .map(({ waitMs }) => seconds(waitMs));
  return Math.max(0, ...waits);
}

async function block(counter: Counter): Promise<number> {
  const { limit } = counter;
  const { points: times } = await count(overrunsOf(counter), DAY_SECONDS);
  const delay = Math.min(limit.firstDelaySeconds * 2 ** (times - 1), limit.maxDelaySeconds);
  await database().pool.query(
    `INSERT INTO rate_limits (key, points, expire) VALUES ($1, $2, ${NOW} + 1000 * $3::bigint)
     ON CONFLICT (key) DO UPDATE SET points = excluded.points, expire = excluded.expire`,
    [keyOf(counter), limit.points + 1, delay],
  );
  return delay;
}

/** Forgets a key: whoever passed was no attacker. */
export async function clearPoints(counter: Counter): Promise<void> {
  await database().pool.query('DELETE FROM rate_limits WHERE key = ANY($1)', [
    [keyOf(counter), overrunsOf(counter)],
  ]);
}

const seconds = (ms: number) => Math.max(1, Math.ceil(ms / 1000));
