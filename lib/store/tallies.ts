import { createHash } from 'node:crypto';
import { type Db, database } from '@/lib/platform/postgres/database';
import type { EventOrigin, NewEvent } from './audit';

/**
 * Events that somebody can bring about as often as he likes. The attack: a thief is refused 3,000 times, and
 * the one refusal that matters is on page 31 of an activity that nobody can shorten. So of what is the same,
 * the first is written at once, and the rest of the minute as one row with a count.
 */
const TALLY_SECONDS = 60;

/** Tallies a statement writes at most. */
const BATCH = 500;

const NEXT_ID = 'gatehouse_event_id()';

/**
 * Counts, in front of a statement. `tally` has the id of the first event, how many came before this one
 * (0: this is the first, whose event is to be written under that id), and when the minute ends.
 * @param key @param requestId parameters
 */
export const tallySql = (key: string, requestId: string) => `
fresh AS MATERIALIZED (SELECT ${NEXT_ID} AS id), tally AS (
  INSERT INTO event_tallies AS t (key, first_id, last_at, last_request_id, ends_at)
  SELECT ${key}, fresh.id, gatehouse_now(), ${requestId}, gatehouse_now() + interval '${TALLY_SECONDS} seconds' FROM fresh
  ON CONFLICT (key) DO UPDATE SET
    count = t.count + 1, last_at = excluded.last_at, last_request_id = excluded.last_request_id
  RETURNING first_id, count, GREATEST(1, ceil(extract(epoch FROM ends_at - gatehouse_now()))::int) AS wait_seconds
)`;

/** What makes events the same, as a key. */
export function tallyKey(...parts: unknown[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64url');
}

const WRITE = `
WITH ${tallySql('$1', '$2')}, written AS (
  INSERT INTO audit_events (id, request_id, type, team_id, actor_kind, actor_id, user_id, session_id,
    computer_id, action, network, address, finding, reason, before, after)
  SELECT first_id, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15::jsonb, $16::jsonb
  FROM tally WHERE count = 0
)
SELECT count, wait_seconds AS "waitSeconds" FROM tally`;

export type Tally = {
  /** How many were the same within the minute, before this one. */
  count: number;
  /** Until the minute is over. */
  waitSeconds: number;
};

/**
 * Writes an audit row as `writeEvent` does, or counts one that is the same as another of this minute but
 * for its address and request.
 * @param acrossNetworks it is the same from whatever network it comes
 */
export async function writeTallied(
  tx: Db,
  origin: EventOrigin,
  event: NewEvent,
  { acrossNetworks = false } = {},
): Promise<Tally> {
  const { actorKind, actorId, sessionId, computerId, network, address, requestId } = origin;
  const { type, teamId, userId, action, finding, before, after } = event;
  const reason = event.reason ?? origin.unknownReason;
  const place = acrossNetworks ? null : network;
  const who = [actorKind, actorId, sessionId, computerId, place];
  const what = [type, teamId, userId, action, finding, reason, before, after];
  const json = (value: unknown) => (value === undefined ? null : JSON.stringify(value));
  const [tally] = await tx.$queryRawUnsafe<Tally[]>(
    WRITE,
    tallyKey(...who, ...what),
    requestId,
    type,
    teamId ?? null,
    actorKind,
    actorId,
    userId ?? null,
    sessionId,
    computerId,
    action ?? null,
    network,
    address,
    finding ?? null,
    reason ?? null,
    json(before),
    json(after),
  );
  if (!tally) throw new Error('counting an event returned no row');
  return tally;
}

/**
 * Every instance may do it at any time, also after one that was killed: each tally is taken by one. The row
 * belongs to the teams of the first one, and names its people as they were then.
 */
const FOLD = `
WITH due AS MATERIALIZED (
  SELECT key FROM event_tallies WHERE ends_at <= gatehouse_now()
  ORDER BY ends_at LIMIT ${BATCH} FOR UPDATE SKIP LOCKED
), gone AS (
  DELETE FROM event_tallies t USING due WHERE t.key = due.key RETURNING t.*
), folded AS MATERIALIZED (
  SELECT ${NEXT_ID} AS id, gone.* FROM gone WHERE count > 0
), written AS (
  INSERT INTO audit_events (id, at, request_id, type, team_id, actor_kind, actor_id, actor_label, user_id,
    user_label, session_id, computer_id, action, network, address, finding, reason, before, after)
  SELECT f.id, f.last_at, f.last_request_id, e.type, e.team_id, e.actor_kind, e.actor_id, e.actor_label, e.user_id,
    e.user_label, e.session_id, e.computer_id, e.action, e.network, e.address, e.finding,
    CASE WHEN e.type = 'gate.refused' AND e.after IS NULL AND f.count >= $1::int THEN 'too_many_requests' ELSE e.reason END,
    e.before, coalesce(e.after, '{}') || jsonb_build_object('count', f.count)
  FROM folded f JOIN audit_events e ON e.id = f.first_id
), placed AS (
  INSERT INTO event_teams (team_id, event_id, at, type)
  SELECT p.team_id, f.id, f.last_at, p.type FROM folded f JOIN event_teams p ON p.event_id = f.first_id
  ON CONFLICT DO NOTHING
)
SELECT count(*)::int AS count FROM gone`;

/**
 * Writes what was counted in the minutes that are over.
 * @param refusalsAMinute beyond as many, further refusals of the gate were not looked at
 */
export async function foldTallies(refusalsAMinute: number): Promise<void> {
  for (let count = BATCH; count === BATCH; ) {
    const { rows } = await database().pool.query<{ count: number }>(FOLD, [refusalsAMinute]);
    count = rows[0]?.count ?? 0;
  }
}
