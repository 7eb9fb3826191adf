import { type Db, database } from '@/lib/platform/postgres/database';
import type { Action } from '@/lib/policy/actions';
import type { UnknownReason } from '@/lib/policy/client-address';
import { gatherer } from './gather';

/** From where each session token is used. */
export type Sighting = {
  sessionId: string;
  userId: string;
  /** `peer <address>` where the client's network is unknown; `address` is then the peer's. */
  network: string;
  address: string;
  /** Why it is unknown; null when it isn't. */
  reason: UnknownReason | null;
  at: Date;
  verified: boolean;
  /** The action that only its mode let through. */
  wouldBlock: Action | null;
};

type Gathered = Omit<Sighting, 'wouldBlock'> & {
  firstAt: Date;
  count: number;
  wouldBlock: Partial<Record<Action, number>>;
  /** The last of these. */
  wouldBlockAt: Date | null;
};

const keyOf = ({ sessionId, network }: Pick<Sighting, 'sessionId' | 'network'>) =>
  `${sessionId} ${network}`;

const sightings = gatherer<Gathered>({ name: 'sightings', keyOf, merge, write });

/** Writes what was gathered, now. */
export const flushSightings = sightings.flush;

export function recordSighting({ wouldBlock, ...sighting }: Sighting): void {
  sightings.record({
    ...sighting,
    firstAt: sighting.at,
    count: 1,
    wouldBlock: wouldBlock ? { [wouldBlock]: 1 } : {},
    wouldBlockAt: wouldBlock ? sighting.at : null,
  });
}

function merge(earlier: Gathered, later: Gathered): Gathered {
  const wouldBlock = { ...earlier.wouldBlock };
  for (const [action, count] of Object.entries(later.wouldBlock) as [Action, number][]) {
    wouldBlock[action] = (wouldBlock[action] ?? 0) + count;
  }
  return {
    ...later,
    firstAt: earlier.firstAt,
    count: earlier.count + later.count,
    wouldBlock,
    wouldBlockAt: later.wouldBlockAt ?? earlier.wouldBlockAt,
  };
}

/**
 * When a session, or a network, was last used is told to the minute: whoever asks all day costs one row a
 * batch, his sighting, and three a minute. Nothing is decided by less.
 */
const isDue = (lastAt: string, at: string) => `${lastAt} < ${at} - interval '1 minute'`;

/**
 * Waits for no row, so that no request that holds one can wait for this in a circle: what is locked
 * just now is returned, for the next time.
 */
const WRITE = `
WITH gathered AS MATERIALIZED (
  SELECT * FROM jsonb_to_recordset($1::jsonb) AS b(session_id text, user_id text, network text, address text, reason text,
    first_at timestamptz, at timestamptz, count bigint, verified boolean, would_block jsonb, would_block_at timestamptz)
), session AS MATERIALIZED (
  SELECT s.id FROM sessions s WHERE s.id IN (SELECT session_id FROM gathered)
  FOR NO KEY UPDATE OF s SKIP LOCKED
), trust AS MATERIALIZED (
  SELECT v.id FROM verified_ips v JOIN gathered g ON g.user_id = v.user_id AND g.network = v.network
  WHERE ${isDue('v.last_used_at', 'g.at')} FOR NO KEY UPDATE OF v SKIP LOCKED
), batch AS MATERIALIZED (
  SELECT g.* FROM gathered g JOIN session ON session.id = g.session_id
  LEFT JOIN verified_ips v ON v.user_id = g.user_id AND v.network = g.network
  WHERE v.id IS NULL OR NOT ${isDue('v.last_used_at', 'g.at')} OR v.id IN (SELECT id FROM trust)
), seen AS (
  UPDATE sessions s SET last_seen_at = GREATEST(s.last_seen_at, b.at), last_seen_address = CASE WHEN b.reason IS NULL THEN b.address ELSE s.last_seen_address END
  FROM (SELECT DISTINCT ON (session_id) session_id, at, address, reason FROM batch ORDER BY session_id, at DESC) b
  WHERE s.id = b.session_id
    AND (${isDue('s.last_seen_at', 'b.at')} OR b.reason IS NULL AND s.last_seen_address IS DISTINCT FROM b.address)
), used AS (
  UPDATE verified_ips v SET last_used_at = GREATEST(v.last_used_at, b.at), address = b.address
  FROM (SELECT DISTINCT ON (user_id, network) user_id, network, at, address FROM batch
        ORDER BY user_id, network, at DESC) b
  WHERE v.user_id = b.user_id AND v.network = b.network AND ${isDue('v.last_used_at', 'b.at')}
), written AS (
INSERT INTO sightings AS s (session_id, user_id, network, address, reason, first_seen_at, last_seen_at, count, verified, would_block, would_block_at)
SELECT session_id, user_id, network, address, reason, first_at, at, count, verified, would_block, would_block_at FROM batch
ORDER BY session_id, network
ON CONFLICT (session_id, network) DO UPDATE SET
  address = excluded.address, reason = excluded.reason, last_seen_at = GREATEST(s.last_seen_at, excluded.last_seen_at),
  count = s.count + excluded.count, verified = excluded.verified,
  would_block_at = GREATEST(s.would_block_at, excluded.would_block_at),
  would_block = (
    SELECT coalesce(jsonb_object_agg(key, total), '{}') FROM (
      SELECT key, sum(value::bigint) AS total
      FROM (SELECT * FROM jsonb_each_text(s.would_block) UNION ALL SELECT * FROM jsonb_each_text(excluded.would_block)) e
      GROUP BY key) t)
)
SELECT g.session_id AS "sessionId", g.network FROM gathered g JOIN sessions s ON s.id = g.session_id
WHERE NOT EXISTS (SELECT 1 FROM batch b WHERE b.session_id = g.session_id AND b.network = g.network)`;

/** @returns what could not be written because somebody is changing the same rows. */
async function write(batch: Gathered[]): Promise<Gathered[]> {
  const rows = batch.map((sighting) => ({
    session_id: sighting.sessionId,
    user_id: sighting.userId,
    network: sighting.network,
    address: sighting.address,
    reason: sighting.reason,
    first_at: sighting.firstAt,
    at: sighting.at,
    count: sighting.count,
    verified: sighting.verified,
    would_block: sighting.wouldBlock,
    would_block_at: sighting.wouldBlockAt,
  }));
  const busy = await database().pool.query<Pick<Gathered, 'sessionId' | 'network'>>({
    name: 'sightings',
    text: WRITE,
    values: [JSON.stringify(rows)],
  });
  const keys = new Set(busy.rows.map((row) => keyOf(row)));
  return keys.size === 0 ? [] : batch.filter((sighting) => keys.has(keyOf(sighting)));
}

export type UnknownUse = { reason: UnknownReason; peer: string; users: number };

/**
 * By which peers, and for which reasons, a team's members came without an address since this process
 * started, with the settings that it has; at most in the last 24 hours.
 */
export function findUnknownUses(db: Db, teamId: string): Promise<UnknownUse[]> {
  const seconds = Math.min(process.uptime(), 24 * 60 * 60);
  return db.$queryRaw`
    SELECT g.reason, g.address AS peer, count(DISTINCT g.user_id)::int AS users
    FROM sightings g JOIN memberships m ON m.user_id = g.user_id AND m.team_id = ${teamId}
    WHERE g.reason IS NOT NULL AND g.last_seen_at > gatehouse_now() - make_interval(secs => ${seconds})
    GROUP BY g.reason, g.address ORDER BY users DESC, peer, g.reason LIMIT 10`;
}
