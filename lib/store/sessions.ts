import { type Db, database } from '@/lib/platform/postgres/database';
import { Prisma } from '@/lib/platform/prisma/client';
import type { Order } from '@/lib/policy/paging';
import { SESSION_DAYS } from '@/lib/policy/session';
import { LIVE_STATES, sessionLives, socketStands } from './facts';
import { countedSlice, inOrder, type Placed, type Slice, timeKey } from './paging';

/** How long a replaced token stays alive, on the network just verified, for requests under way. */
const GRACE_SECONDS = 30;

export type NewSessionRow = {
  userId: string;
  tokenHash: Uint8Array<ArrayBuffer>;
  client: string;
  network: string | null;
  address: string | null;
};

export async function createSession(
  tx: Db,
  session: NewSessionRow,
): Promise<{ id: string; expiresAt: Date; now: Date }> {
  const [row] = await tx.$queryRaw<{ id: string; expiresAt: Date; now: Date }[]>`
    WITH t AS MATERIALIZED (SELECT gatehouse_now() AS now)
    INSERT INTO sessions (user_id, token_hash, client, authenticated_network, last_seen_address, created_at,
      authenticated_at, last_seen_at, expires_at)
    SELECT ${session.userId}, ${session.tokenHash}::bytea, ${session.client}, ${session.network},
      ${session.address}, now, now, now, now + interval '1 hour' * ${SESSION_DAYS * 24}
    FROM t
    RETURNING id, expires_at AS "expiresAt", created_at AS now`;
  if (!row) throw new Error('creating a session returned no row');
  return row;
}

/**
 * Replaces the token of a session that has just re-authenticated. The row lock puts two of them in
 * order; the second, with the token that the first replaced, finds its successor in place already.
 * @returns false when the session ended meanwhile or the token was replaced by another.
 */
export async function replaceToken(
  tx: Db,
  change: {
    sessionId: string;
    tokenHash: Uint8Array<ArrayBuffer>;
    successorHash: Uint8Array<ArrayBuffer>;
    /** Null: unknown; the replaced token then dies at once. */
    network: string | null;
  },
): Promise<boolean> {
  const count = await tx.$executeRaw`
    UPDATE sessions SET
      token_hash = ${change.successorHash},
      previous_token_hash = ${change.tokenHash},
      previous_token_until = gatehouse_now() + interval '1 second' * ${GRACE_SECONDS},
      previous_token_network = ${change.network},
      authenticated_at = gatehouse_now(),
      authenticated_network = ${change.network}
    WHERE id = ${change.sessionId} AND ended_at IS NULL
      AND (token_hash = ${change.tokenHash}
        OR (token_hash = ${change.successorHash} AND previous_token_hash = ${change.tokenHash}))`;
  return count === 1;
}

/**
 * Ends sessions of a user: one, all, or all but one. Their live connections end with them.
 * @returns how many of both ended
 */
export async function endSessions(
  tx: Db,
  userId: string,
  which: { only: string } | { except: string } | 'all',
): Promise<{ sessions: number; connections: number }> {
  const only = which !== 'all' && 'only' in which ? which.only : null;
  const except = which !== 'all' && 'except' in which ? which.except : null;
  const ended = await tx.$queryRaw<{ id: string }[]>`
    UPDATE sessions SET ended_at = gatehouse_now(), previous_token_hash = NULL
    WHERE user_id = ${userId} AND ended_at IS NULL
      AND (${only}::text IS NULL OR id = ${only}) AND (${except}::text IS NULL OR id <> ${except})
    RETURNING id`;
  const ids = ended.map((row) => row.id);
  const connections = await tx.$executeRaw`
    UPDATE connections SET state = 'revoked', ended_at = gatehouse_now(), end_reason = 'session_ended'
    WHERE session_id = ANY(${ids}) AND state IN ${Prisma.raw(LIVE_STATES)}`;
  return { sessions: ids.length, connections };
}

export type StoredSession = Placed & {
  client: string;
  createdAt: Date;
  lastSeenAt: Date;
  lastSeenAddress: string | null;
  authenticatedAt: Date;
  expiresAt: Date;
};

export type SessionsBy = 'client' | 'lastSeenAt' | 'createdAt';

/**
 * The live sessions of a user, those whose program holds a text.
 * @param inAddress or whose address holds it
 */
export function findSessions(
  db: Db,
  userId: string,
  slice: Slice,
  { text, inAddress = false }: { text?: string | undefined; inAddress?: boolean },
  { by, isDescending }: Order<SessionsBy>,
): Promise<StoredSession[]> {
  return db.$queryRaw`
    WITH matching AS MATERIALIZED (
      SELECT id, client, created_at AS "createdAt", last_seen_at AS "lastSeenAt",
        last_seen_address AS "lastSeenAddress", authenticated_at AS "authenticatedAt", expires_at AS "expiresAt",
        CASE ${by}::text WHEN 'client' THEN lower(client)
          WHEN 'lastSeenAt' THEN ${Prisma.raw(timeKey('last_seen_at'))}
          ELSE ${Prisma.raw(timeKey('created_at'))} END AS key
      FROM sessions s
      WHERE user_id = ${userId} AND ${Prisma.raw(sessionLives('s'))}
        AND (${text}::text IS NULL OR strpos(lower(client), lower(${text})) > 0
          OR ${inAddress}::bool AND strpos(last_seen_address, lower(${text})) > 0)),
    ${countedSlice(slice, isDescending)}
    SELECT p.* FROM page p ORDER BY ${inOrder('p', isDescending)}`;
}

/** Ends the session that a token names, whoever holds it; used when a browser logs in over an old one. */
export async function endSessionByToken(tx: Db, tokenHash: Uint8Array<ArrayBuffer>): Promise<void> {
  const session = await tx.session.findUnique({
    where: { tokenHash },
    select: { id: true, userId: true },
  });
  if (session) await endSessions(tx, session.userId, { only: session.id });
}

export type ClientStanding = { sessionId: string; tokenHash: Uint8Array; network: string | null };

/** Which of these sockets of clients still stand: the places in the list. */
export async function findStandingClients(clients: ClientStanding[]): Promise<Set<number>> {
  const { rows } = await database().pool.query<{ place: string }>(
    `SELECT a.place - 1 AS place
     FROM unnest($1::text[], $2::bytea[], $3::text[]) WITH ORDINALITY AS a(session_id, token_hash, network, place)
     JOIN sessions s ON s.id = a.session_id
       AND ${socketStands('s', 'a.token_hash', 'a.network')}
     JOIN users u ON u.id = s.user_id AND u.disabled_at IS NULL
     WHERE ${sessionLives('s')}`,
    [
      clients.map((client) => client.sessionId),
      clients.map((client) => client.tokenHash),
      clients.map((client) => client.network),
    ],
  );
  return new Set(rows.map((row) => Number(row.place)));
}
