/**
 * What the two ends of a connection say to each other through the server. Each statement finds the
 * connection by who asks (a session on its network, a computer with its key), so that nobody else's can
 * be named; and publishes to the other end in the same transaction.
 */
import { announce, database } from '@/lib/platform/postgres/database';
import type { ConnectionEndReason, ConnectionState } from '@/lib/policy/connection-state';
import { type HostKey, KEY_HOLDS } from './computers';
import {
  connectionLives,
  LIVE_STATES,
  modeIn,
  ruleAt,
  sessionLives,
  trustStands,
  waitsForHost,
} from './facts';

/** Who a client's socket speaks for. The thief has the same session, and another network. */
export type ClientEnd = { sessionId: string; network: string | null };

export type LiveConnectionRow = { attemptId: string; connectionId: string; state: ConnectionState };

export type WaitingOffer = {
  connectionId: string;
  attemptId: string;
  userId: string;
  userName: string;
  offer: Record<string, unknown>;
};

/** What a host does to a connection is written down as the computer's, from where its socket speaks. */
const HOST_ORIGIN = 'p.id AS computer_id, p.team_id, p.host_network, p.host_address';
const HOST_EVENT = 'actor_kind, computer_id, team_id, user_id, network, address';
const HOST_EVENT_VALUES = `'computer', computer_id, team_id, user_id, host_network, host_address`;

/** How many rows one statement settles: each is announced, and a statement has a second. */
const SETTLED_AT_ONCE = 1_000;

/**
 * Puts right what nobody was there to write: computers whose instance died, attempts that ran out,
 * connections whose computer did not come back, or whose session or trust ran out. However much it is: a part at a
 * time, and beside what other instances do.
 * @param goneSeconds how long a socket may be untouched, and a computer away
 */
export async function settleConnections(goneSeconds: number): Promise<void> {
  await settleInParts(
    `UPDATE computers SET socket_id = NULL, online = false WHERE id = ANY(ARRAY(
       SELECT id FROM computers
       WHERE online AND last_seen_at < gatehouse_now() - interval '1 second' * $2
       LIMIT $1 FOR UPDATE SKIP LOCKED))`,
    [goneSeconds],
  );
  await settleInParts(
    `UPDATE connections SET state = 'expired', ended_at = gatehouse_now() WHERE id = ANY(ARRAY(
       SELECT id FROM connections WHERE state = 'waiting_for_host' AND expires_at <= gatehouse_now()
       LIMIT $1 FOR UPDATE SKIP LOCKED))`,
  );
  await settleInParts(
    endAccepted(
      'closed',
      'computer_gone',
      `JOIN computers p ON p.id = c.computer_id
       WHERE NOT p.online AND coalesce(p.last_seen_at < gatehouse_now() - interval '1 second' * $2, true)`,
    ),
    [goneSeconds],
  );
  await settleInParts(
    endAccepted(
      'revoked',
      'session_ended',
      `JOIN sessions s ON s.id = c.session_id WHERE NOT (${sessionLives('s')})`,
    ),
  );
  await settleInParts(
    endAccepted(
      'revoked',
      'trust_expired',
      `JOIN computers p ON p.id = c.computer_id
       JOIN app_rules r ON r.team_id = p.team_id AND r.is_default AND ${ruleAt('r').enabled}
         AND ${modeIn('r', 'computer.connect')} = 'enforce'
       WHERE NOT EXISTS (SELECT 1 FROM verified_ips v WHERE v.user_id = c.user_id AND v.network = c.network
         AND ${trustStands('v', ruleAt('r').trustDays)})`,
    ),
  );
}

/**
 * Ends running connections that nobody ended, and says so in the activity: nobody else would. What is revoked a
 * trigger tells of.
 */
const endAccepted = (state: 'closed' | 'revoked', reason: ConnectionEndReason, which: string) => `
  WITH ended AS (
    UPDATE connections SET state = '${state}', end_reason = '${reason}', ended_at = gatehouse_now()
    WHERE id = ANY(ARRAY(
      SELECT c.id FROM connections c ${which} AND c.state = 'accepted'
      LIMIT $1 FOR UPDATE OF c SKIP LOCKED))
    RETURNING id, user_id, computer_id, state
  ), audit AS (
    INSERT INTO audit_events (type, actor_kind, team_id, user_id, reason, after)
    SELECT 'connection.ended', 'system', p.team_id, e.user_id, '${reason}',
      jsonb_build_object('connectionId', e.id, 'computerId', p.id, 'state', e.state)
    FROM ended e JOIN computers p ON p.id = e.computer_id WHERE e.state = 'closed'
  )
  SELECT 1 FROM ended`;

/** @param sql its first parameter is how many rows it may change */
async function settleInParts(sql: string, values: unknown[] = []): Promise<void> {
  const { pool } = database();
  let settled: number | null;
  do {
    ({ rowCount: settled } = await pool.query(sql, [SETTLED_AT_ONCE, ...values]));
  } while (settled === SETTLED_AT_ONCE);
}

/** What a computer that comes back is given; it would turn more down, and a slow one be cut off by them. */
const OFFERS_AT_ONCE = 50;

const waitingOffers = (connections: string) => `
  SELECT c.id AS "connectionId", c.attempt_id AS "attemptId", u.id AS "userId", u.name AS "userName",
    c.offer
  FROM computers p
  JOIN ${connections} c ON c.computer_id = p.id AND ${waitsForHost('c')} AND c.offer IS NOT NULL
  JOIN users u ON u.id = c.user_id
  WHERE ${KEY_HOLDS} ORDER BY c.created_at LIMIT ${OFFERS_AT_ONCE}`;

/**
 * One offer is found by its id, before anything else is asked of it. The attack: offers piled up at a
 * computer; were each further one looked for among them, a few thousand would hold up the database.
 */
const ONE_WAITING_OFFER = `
  WITH named AS MATERIALIZED (SELECT * FROM connections WHERE id = $3) ${waitingOffers('named')}`;

/** The offers that wait for a computer: all, or the one of a connection. */
export async function findWaitingOffers(
  host: HostKey,
  connectionId: string | null,
): Promise<WaitingOffer[]> {
  const key = [host.computerId, host.keyHash];
  const { rows } = await database().pool.query<WaitingOffer>(
    connectionId === null
      ? { name: 'waiting-offers', text: waitingOffers('connections'), values: key }
      : { name: 'one-waiting-offer', text: ONE_WAITING_OFFER, values: [...key, connectionId] },
  );
  return rows;
}

/** What is live at a computer. */
export async function findLiveOfComputer(host: HostKey): Promise<LiveConnectionRow[]> {
  const { rows } = await database().pool.query<LiveConnectionRow>(
    `SELECT c.attempt_id AS "attemptId", c.id AS "connectionId", c.state::text
     FROM computers p JOIN connections c ON c.computer_id = p.id AND ${connectionLives('c')}
     WHERE ${KEY_HOLDS} ORDER BY c.created_at`,
    [host.computerId, host.keyHash],
  );
  return rows;
}

/** What is live of a session on one network. */
export async function findLiveOfSession(
  sessionId: string,
  network: string | null,
): Promise<LiveConnectionRow[]> {
  const { rows } = await database().pool.query<LiveConnectionRow>({
    name: 'live-of-session',
    text: `SELECT c.attempt_id AS "attemptId", c.id AS "connectionId", c.state::text FROM connections c
     WHERE c.session_id = $1 AND c.network IS NOT DISTINCT FROM $2 AND ${connectionLives('c')} ORDER BY c.created_at`,
    values: [sessionId, network],
  });
  return rows;
}

/** A live connection by the name of its attempt; only from the network that it was opened from. */
export async function findAttempt(client: ClientEnd, attemptId: string): Promise<string | null> {
  const { rows } = await database().pool.query<{ id: string }>(
    `SELECT c.id FROM connections c
     WHERE c.session_id = $1 AND c.network IS NOT DISTINCT FROM $2 AND c.attempt_id = $3
       AND c.state IN ${LIVE_STATES}`,
    [client.sessionId, client.network, attemptId],
  );
  return rows[0]?.id ?? null;
}

/**
 * A computer's answer: the connection is accepted or declined, audited, and its client told.
 * @returns false when nothing of this name waits for this computer
 */
export async function answerOffer(
  host: HostKey,
  answer: {
    attemptId: string;
    approved: boolean;
    data: Record<string, unknown>;
    requestId: string;
  },
): Promise<boolean> {
  const { rowCount } = await database().pool.query({
    name: 'answer-offer',
    text: `WITH answered AS (
        UPDATE connections c SET
          state = CASE WHEN $4::boolean THEN 'accepted' ELSE 'declined' END::connection_state,
          ended_at = CASE WHEN $4::boolean THEN NULL ELSE gatehouse_now() END
        FROM computers p
        WHERE ${KEY_HOLDS} AND c.computer_id = p.id AND c.attempt_id = $3
          AND ${waitsForHost('c')}
        RETURNING c.id, c.attempt_id, c.session_id, c.network, c.user_id, ${HOST_ORIGIN}
      ), audit AS (
        INSERT INTO audit_events (type, ${HOST_EVENT}, request_id, after)
        SELECT CASE WHEN $4::boolean THEN 'connection.accepted' ELSE 'connection.declined' END,
          ${HOST_EVENT_VALUES}, $6, jsonb_build_object('connectionId', id, 'computerId', computer_id)
        FROM answered
      )
      SELECT gatehouse_publish(jsonb_build_object('type', 'relay',
        'to', jsonb_build_object('sessionId', session_id, 'network', network),
        'message', jsonb_build_object('action', 'answer_relay', 'payload', jsonb_build_object(
          'attemptId', attempt_id, 'connectionId', id, 'approved', $4::boolean, 'data', $5::jsonb))))
      FROM answered`,
    values: [
      host.computerId,
      host.keyHash,
      answer.attemptId,
      answer.approved,
      JSON.stringify(answer.data),
      answer.requestId,
    ],
  });
  announce();
  return rowCount === 1;
}

const CANDIDATE = `'message', jsonb_build_object('action', 'candex_relay', 'payload',
  jsonb_build_object('attemptId', c.attempt_id, 'data', $4::jsonb))`;

/** A candidate of the computer's, to the client. @returns false when nothing live has this name */
export async function relayToClient(
  host: HostKey,
  attemptId: string,
  data: Record<string, unknown>,
): Promise<boolean> {
  const { rowCount } = await database().pool.query({
    name: 'relay-to-client',
    text: `SELECT gatehouse_publish(jsonb_build_object('type', 'relay',
        'to', jsonb_build_object('sessionId', c.session_id, 'network', c.network), ${CANDIDATE}))
      FROM computers p
      JOIN connections c ON c.computer_id = p.id AND c.attempt_id = $3 AND ${connectionLives('c')}
      WHERE ${KEY_HOLDS}`,
    values: [host.computerId, host.keyHash, attemptId, JSON.stringify(data)],
  });
  announce();
  return rowCount === 1;
}

/**
 * A candidate of the client's, to the computer; only from the network that the connection was opened
 * from. @returns false when nothing live has this name
 */
export async function relayToComputer(
  client: ClientEnd,
  attemptId: string,
  data: Record<string, unknown>,
): Promise<boolean> {
  const { rowCount } = await database().pool.query({
    name: 'relay-to-computer',
    text: `SELECT gatehouse_publish(jsonb_build_object('type', 'relay',
        'to', jsonb_build_object('computerId', c.computer_id), ${CANDIDATE}))
      FROM connections c
      WHERE c.session_id = $1 AND c.network IS NOT DISTINCT FROM $2 AND c.attempt_id = $3 AND ${connectionLives('c')}`,
    values: [client.sessionId, client.network, attemptId, JSON.stringify(data)],
  });
  announce();
  return rowCount === 1;
}

/** Ends a connection from the computer's end. @returns false when nothing live has this name */
export async function closeFromComputer(
  host: HostKey,
  attemptId: string,
  requestId: string,
): Promise<boolean> {
  const { rowCount } = await database().pool.query(
    `WITH ended AS (
       UPDATE connections c SET ended_at = gatehouse_now(),
         state = CASE c.state WHEN 'accepted' THEN 'closed' ELSE 'declined' END::connection_state
       FROM computers p
       WHERE ${KEY_HOLDS} AND c.computer_id = p.id AND c.attempt_id = $3
         AND c.state IN ${LIVE_STATES}
       RETURNING c.id, c.user_id, c.state, ${HOST_ORIGIN}
     ), audit AS (
       INSERT INTO audit_events (type, ${HOST_EVENT}, request_id, after)
       SELECT CASE state WHEN 'closed' THEN 'connection.ended' ELSE 'connection.declined' END,
         ${HOST_EVENT_VALUES}, $4, jsonb_build_object('connectionId', id, 'computerId', computer_id, 'state', state)
       FROM ended
     )
     SELECT 1 FROM ended`,
    [host.computerId, host.keyHash, attemptId, requestId],
  );
  announce();
  return rowCount === 1;
}
