import { type Db, database } from '@/lib/platform/postgres/database';
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
  trustStands,
  waitsForHost,
} from './facts';
import { GUARD_SQL, type Guard, type GuardState, guardValues } from './guard';

export type StoredConnection = {
  id: string;
  computerId: string;
  userId: string;
  state: ConnectionState;
  createdAt: Date;
  expiresAt: Date;
  endReason: ConnectionEndReason | null;
};

/**
 * One statement: what the gate decided by is locked, the computer and the right to it are looked at
 * again, and the connection and its audit row stand or fall together.
 */
const CREATE = `
WITH ${GUARD_SQL}, granted AS (
  SELECT computer_id, user_id FROM computer_grants WHERE computer_id = $5 AND user_id = $2 FOR KEY SHARE
), fresh AS MATERIALIZED (
  SELECT gatehouse_id('con') AS id
), computer AS (
  SELECT c.id, c.team_id, c.online FROM computers c
  JOIN memberships m ON m.team_id = c.team_id AND m.user_id = $2
  WHERE c.id = $5 AND c.removed_at IS NULL AND ${isOpenTo('c', '$2', 'granted')}
  FOR SHARE OF c, m
), rule AS (
  SELECT CASE WHEN r.enabled THEN ${modeIn('r', 'computer.connect')} ELSE 'off' END = $12 AND r.trust_days = $4 AS is_as_read
  FROM app_rules r WHERE r.is_default AND r.team_id = (SELECT team_id FROM computer)
  FOR SHARE
), room AS MATERIALIZED (
  SELECT $8::jsonb IS NULL OR (
    SELECT count(*) < ${WAITING_OFFERS_MAX} FROM connections c WHERE session_id = $1
      AND offer IS NOT NULL AND ${waitsForHost('c')}) AS is_left
), pace AS MATERIALIZED (
  SELECT (SELECT ceil(60 - extract(epoch FROM gatehouse_now() - created_at))::int
    FROM connections WHERE $8::jsonb IS NOT NULL AND user_id = $2
      AND created_at > gatehouse_now() - interval '60 seconds'
    ORDER BY created_at DESC OFFSET ${OFFERS_A_MINUTE - 1} LIMIT 1) AS wait_seconds
), created AS (
  INSERT INTO connections (id, computer_id, user_id, session_id, network, offer, attempt_id, expires_at)
  SELECT fresh.id, computer.id, $2, $1, $6, $8::jsonb, coalesce($11, fresh.id),
    gatehouse_now() + interval '${CONNECTION_WAIT_SECONDS} seconds'
  FROM computer, guard, fresh, room, pace, rule
  WHERE guard.state = 'held' AND room.is_left AND pace.wait_seconds IS NULL AND rule.is_as_read
  RETURNING id, state::text, created_at, expires_at
), audit AS (
  INSERT INTO audit_events (type, team_id, actor_kind, actor_id, session_id, action, network, address, finding, request_id, after)
  SELECT 'connection.requested', computer.team_id, 'user', $2, $1, 'computer.connect', $6, $7, $9, $10,
    jsonb_build_object('connectionId', created.id, 'computerId', computer.id)
  FROM created, computer
)
SELECT guard.state AS guard, room.is_left, pace.wait_seconds, rule.is_as_read, created.*, computer.online
FROM guard CROSS JOIN room CROSS JOIN pace LEFT JOIN created ON true LEFT JOIN computer ON true LEFT JOIN rule ON true`;

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
 * @returns the connection; or why not: the guard's state, that the computer is gone, or
 *   that too many offers of the session wait, or of the user were made within a minute
 * @throws a unique violation when the name of the attempt is taken by a live connection of either end
 */
export async function createConnection(connection: NewConnection): Promise<
  | CreatedConnection
  | Exclude<GuardState, 'held'>
  | 'computer-gone'
  | 'too-many'
  | { waitSeconds: number }
  /** The rule is another than the one that the gate decided by. */
  | 'rule-changed'
> {
  const { rows } = await database().pool.query<{
    guard: GuardState;
    is_left: boolean;
    wait_seconds: number | null;
    is_as_read: boolean | null;
    id: string | null;
    state: ConnectionState;
    created_at: Date;
    expires_at: Date;
    online: boolean;
  }>({
    name: 'create-connection',
    text: CREATE,
    values: [
      ...guardValues(connection.guard),
      connection.computerId,
      connection.network,
      connection.address,
      connection.offer === undefined ? null : JSON.stringify(connection.offer),
      connection.finding,
      connection.requestId,
      connection.attemptId,
      connection.mode,
    ],
  });
  const row = rows[0];
  if (!row) return 'session-ended';
  if (row.guard !== 'held') return row.guard;
  if (row.is_as_read === false) return 'rule-changed';
  if (row.wait_seconds !== null) return { waitSeconds: Math.max(1, row.wait_seconds) };
  if (!row.is_left) return 'too-many';
  if (row.id === null) return 'computer-gone';
  return {
    id: row.id,
    computerId: connection.computerId,
    userId: connection.guard.userId,
    state: row.state,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    endReason: null,
    online: row.online,
  };
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
