import { announce, type Db, database } from '@/lib/platform/postgres/database';
import { Prisma } from '@/lib/platform/prisma/client';
import type { Mode } from '@/lib/policy/actions';
import {
  CONNECTION_WAIT_SECONDS,
  type ConnectionEndReason,
  type ConnectionState,
  OFFERS_A_MINUTE,
  WAITING_OFFERS_MAX,
} from '@/lib/policy/connection-state';
import {
  hostMayComeFrom,
  isOpenTo,
  LIVE_STATES,
  mayConnect,
  modeIn,
  ruleAt,
  trustStands,
  waitsForHost,
} from './facts';
import type { Guard } from './guard';

export type StoredConnection = {
  id: string;
  computerId: string;
  userId: string;
  state: ConnectionState;
  createdAt: Date;
  expiresAt: Date;
  endReason: ConnectionEndReason | null;
};

/** What a connection rests on and brings: the trust in a network, and an offer, of which too many are refused. */
type Kind = { isTrusted: boolean; hasOffer: boolean };

/**
 * One statement: what the gate decided by is locked and looked at again with the computer and the right to
 * it, in the order in which every act locks it; the connection and its audit row stand or fall together. No
 * row: something is not as it was read. Each kind has a statement of its own, since what is not asked for
 * costs as much as what is.
 */
const createSql = ({ isTrusted, hasOffer }: Kind) => `
WITH granted AS (
  SELECT computer_id, user_id FROM computer_grants WHERE computer_id = $5 AND user_id = $2 FOR KEY SHARE
), held AS (
  SELECT c.id, c.team_id, c.online
  FROM sessions s
  ${isTrusted ? `JOIN verified_ips v ON v.id = $3 AND v.user_id = s.user_id AND ${trustStands('v', '$4')}` : ''}
  JOIN memberships m ON m.user_id = s.user_id
  JOIN computers c ON c.id = $5 AND c.team_id = m.team_id AND c.removed_at IS NULL
    AND ${isOpenTo('c', '$2', 'granted')}
  JOIN app_rules r ON r.team_id = c.team_id AND r.is_default AND ${ruleAt('r').trustDays} = $4
    AND CASE WHEN ${ruleAt('r').enabled} THEN ${modeIn('r', 'computer.connect')} ELSE 'off' END = $12
  WHERE s.id = $1 AND s.user_id = $2 AND s.ended_at IS NULL AND ($3::text IS NULL) = ${!isTrusted}
  FOR SHARE OF s, ${isTrusted ? 'v, ' : ''}m, c, r
)${hasOffer ? `, ${LIMITED}` : ''}, created AS (
  INSERT INTO connections (id, computer_id, user_id, session_id, network, offer, attempt_id, expires_at)
  SELECT fresh.id, held.id, $2, $1, $6, $8::jsonb, coalesce($11, fresh.id),
    gatehouse_now() + interval '${CONNECTION_WAIT_SECONDS} seconds'
  FROM held, (SELECT gatehouse_id('con') AS id OFFSET 0) fresh
  ${hasOffer ? 'JOIN limited ON is_left AND wait_seconds IS NULL' : ''}
  RETURNING id, state::text, created_at, expires_at
), audit AS (
  INSERT INTO audit_events (type, team_id, actor_kind, actor_id, session_id, action, network, address, finding, request_id, after)
  SELECT 'connection.requested', held.team_id, 'user', $2, $1, 'computer.connect', $6, $7, $9, $10,
    jsonb_build_object('connectionId', created.id, 'computerId', held.id)
  FROM created, held
)
SELECT created.*, held.online${hasOffer ? ', is_left, wait_seconds' : ''}
FROM held ${hasOffer ? 'CROSS JOIN limited' : ''} LEFT JOIN created ON true`;

/** Whether there is room for another offer of the session, and how long its user has to wait for one. */
const LIMITED = `limited AS MATERIALIZED (
  SELECT (
    SELECT count(*) < ${WAITING_OFFERS_MAX} FROM connections c WHERE session_id = $1
      AND offer IS NOT NULL AND ${waitsForHost('c')}) AS is_left,
    (SELECT ceil(60 - extract(epoch FROM gatehouse_now() - created_at))::int
      FROM connections WHERE user_id = $2 AND created_at > gatehouse_now() - interval '60 seconds'
      ORDER BY created_at DESC OFFSET ${OFFERS_A_MINUTE - 1} LIMIT 1) AS wait_seconds
)`;

export type NewConnection = {
  guard: Guard;
  /** The mode of connecting by which the gate let it through. */
  mode: Mode;
  computerId: string;
  network: string | null;
  address: string | null;
  offer: unknown;
  /** The client's name for it; null: it is named by its id. */
  attemptId: string | null;
  finding: string;
  requestId: string;
};

export type CreatedConnection = StoredConnection & {
  /** Whether its computer is there to answer. */
  online: boolean;
};

/**
 * @returns the connection; or why not: something that the gate decided by is not as it was read, too many
 *   offers of the session wait, or too many of the user were made within a minute
 * @throws a unique violation when the name of the attempt is taken by a live connection of either end
 */
export async function createConnection(
  connection: NewConnection,
): Promise<CreatedConnection | 'stale' | 'too-many' | { waitSeconds: number }> {
  const { guard, offer } = connection;
  const kind = { isTrusted: guard.trustId !== null, hasOffer: offer !== undefined };
  const { rows } = await database().pool.query<
    { is_left?: boolean; wait_seconds?: number | null; online: boolean } & (
      | { id: null }
      | { id: string; state: ConnectionState; created_at: Date; expires_at: Date }
    )
  >({
    name: `create-connection-${Number(kind.isTrusted)}${Number(kind.hasOffer)}`,
    text: createSql(kind),
    values: [
      guard.sessionId,
      guard.userId,
      guard.trustId,
      guard.trustDays,
      connection.computerId,
      connection.network,
      connection.address,
      offer === undefined ? null : JSON.stringify(offer),
      connection.finding,
      connection.requestId,
      connection.attemptId,
      connection.mode,
    ],
  });
  const [row] = rows;
  if (!row) return 'stale';
  if (kind.hasOffer) announce();
  if (row.id !== null) {
    return {
      id: row.id,
      computerId: connection.computerId,
      userId: guard.userId,
      state: row.state,
      createdAt: row.created_at,
      expiresAt: row.expires_at,
      endReason: null,
      online: row.online,
    };
  }
  return typeof row.wait_seconds === 'number'
    ? { waitSeconds: Math.max(1, row.wait_seconds) }
    : 'too-many';
}

/** A connection of this user, with the time. */
export async function findConnection(
  db: Db,
  id: string,
  userId: string,
): Promise<(StoredConnection & { now: Date; teamId: string }) | null> {
  const [row] = await db.$queryRaw<(StoredConnection & { now: Date; teamId: string })[]>`
    SELECT c.id, c.computer_id AS "computerId", c.user_id AS "userId", c.state::text, c.created_at AS "createdAt",
      c.expires_at AS "expiresAt", c.end_reason AS "endReason", gatehouse_now() AS now, p.team_id AS "teamId"
    FROM connections c JOIN computers p ON p.id = c.computer_id
    WHERE c.id = ${id} AND c.user_id = ${userId}`;
  return row ?? null;
}

/** Moves a connection on, if it is still where it was. */
export async function changeConnectionState(
  tx: Db,
  id: string,
  from: ConnectionState,
  to: ConnectionState,
): Promise<boolean> {
  const count = await tx.$executeRaw`
    UPDATE connections SET state = ${to}::connection_state, ended_at = gatehouse_now()
    WHERE id = ${id} AND state = ${from}::connection_state`;
  return count === 1;
}

/** Ends the live connections to a team's computers that their users may no longer have. */
export async function revokeLostConnections(tx: Db, teamId: string): Promise<void> {
  await tx.$executeRaw`
    UPDATE connections c SET state = 'revoked', ended_at = gatehouse_now(), end_reason = 'access_removed'
    FROM computers p
    WHERE p.id = c.computer_id AND p.team_id = ${teamId} AND c.state IN ${Prisma.raw(LIVE_STATES)}
      AND NOT ${Prisma.raw(mayConnect('p', 'c.user_id'))}`;
}

/** Ends the live connections to one computer. */
export async function revokeConnectionsTo(tx: Db, computerId: string): Promise<void> {
  await tx.$executeRaw`
    UPDATE connections SET state = 'revoked', ended_at = gatehouse_now(), end_reason = 'key_rotated'
    WHERE computer_id = ${computerId} AND state IN ${Prisma.raw(LIVE_STATES)}`;
}

/** Ends the connections to a computer whose key is used from where it may not be. */
export async function revokeConnectionsToOutside(tx: Db, computerId: string): Promise<void> {
  await tx.$executeRawUnsafe(
    `UPDATE connections c SET state = 'revoked', ended_at = gatehouse_now(), end_reason = 'computer_not_allowed'
     FROM computers p
     WHERE p.id = $1 AND c.computer_id = p.id AND c.state = 'accepted'
       AND NOT ${hostMayComeFrom('p.host_address')}`,
    computerId,
  );
}

/** Ends the live connections to a team's computers from networks that their users have not verified. */
export async function revokeUnverifiedConnections(
  tx: Db,
  teamId: string,
  trustDays: number,
): Promise<void> {
  await tx.$executeRawUnsafe(
    `UPDATE connections c SET state = 'revoked', ended_at = gatehouse_now(), end_reason = 'rule_changed'
     FROM computers p
     WHERE p.id = c.computer_id AND p.team_id = $1 AND c.state IN ${LIVE_STATES}
       AND NOT EXISTS (SELECT 1 FROM verified_ips v WHERE v.user_id = c.user_id AND v.network = c.network
         AND ${trustStands('v', '$2')})`,
    teamId,
    trustDays,
  );
}
