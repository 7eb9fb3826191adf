import { type Db, database } from '@/lib/platform/postgres/database';
import { newToken } from '@/lib/platform/token';
import type { Action } from '@/lib/policy/actions';
import type { Finding } from '@/lib/policy/decide';
import { meansOf } from './facts';
import { type Tally, tallyKey, tallySql } from './tallies';
import type { Means } from './users';

/** How long a challenge waits for its user. */
export const CHALLENGE_MINUTES = 10;

export type StoredChallenge = {
  id: string;
  userId: string;
  sessionId: string;
  network: string;
  address: string;
  action: Action;
  expiresAt: Date;
  verifiedAt: Date | null;
  /** What a proof that named it has recorded, coming from another network. */
  recordedNetwork: string | null;
};

/**
 * One challenge a session, network and action. The pending one is kept; an ended one makes room for a
 * new id. One statement with the audit row of the refusal, so that a refusal costs one write; past so many
 * refusals within a minute there is no challenge.
 */
const OPEN = `
WITH ${tallySql('$10', '$8')}, audit AS (
  INSERT INTO audit_events (id, type, actor_kind, actor_id, session_id, team_id, action, network, address, finding, request_id, after)
  SELECT first_id, 'gate.refused', 'user', $2, $3, $9, $6, $4, $5, $7, $8, CASE WHEN $11::int IS NULL THEN '{"manyNetworks":true}'::jsonb END
  FROM tally WHERE count = 0
), opened AS (
  INSERT INTO challenges AS c (id, user_id, session_id, network, address, action, expires_at)
  SELECT $1, $2, $3, $4, $5, $6, gatehouse_now() + interval '${CHALLENGE_MINUTES} minutes'
  FROM tally WHERE $11::int IS NULL OR count < $11::int
  ON CONFLICT (session_id, network, action) DO UPDATE SET
    id = CASE WHEN pending(c) THEN c.id ELSE excluded.id END,
    address = excluded.address,
    created_at = CASE WHEN pending(c) THEN c.created_at ELSE gatehouse_now() END,
    expires_at = CASE WHEN pending(c) THEN c.expires_at ELSE excluded.expires_at END,
    verified_at = NULL,
    recorded_network = CASE WHEN pending(c) THEN c.recorded_network END
  RETURNING id, expires_at
)
SELECT tally.count, tally.wait_seconds, opened.id, opened.expires_at, ${meansOf('u')}
FROM tally LEFT JOIN opened ON true LEFT JOIN users u ON u.id = $2`.replaceAll(
  'pending(c)',
  'c.verified_at IS NULL AND c.expires_at > gatehouse_now()',
);

export type Refusal = {
  userId: string;
  sessionId: string;
  network: string;
  address: string;
  action: Action;
  finding: Finding;
  /** The team whose computer was asked for, if one was. */
  teamId: string | null;
  requestId: string;
  /** As whose it counts; null: one of too many, which count as one. */
  place: string | null;
};

/**
 * Opens a challenge for a refused action, or finds the pending one, and audits the refusal.
 * @param refusalsAMinute how many of the same within a minute get a challenge; of one of too many places
 * each does: else whoever has the token shuts its owner out where she comes next
 * @returns the challenge, and by what its user can pass it; or, when there were more, how many and how long to wait
 */
export async function openChallenge(
  refusal: Refusal,
  refusalsAMinute: number,
): Promise<({ id: string; expiresAt: Date } & Means) | Tally> {
  const { sessionId, place, action, teamId, finding } = refusal;
  const { rows } = await database().pool.query<
    Means & { count: number; wait_seconds: number } & (
        | { id: null }
        | { id: string; expires_at: Date }
      )
  >({
    name: 'open-challenge',
    text: OPEN,
    values: [
      newToken(''),
      refusal.userId,
      refusal.sessionId,
      refusal.network,
      refusal.address,
      refusal.action,
      refusal.finding,
      refusal.requestId,
      refusal.teamId,
      tallyKey('gate.refused', sessionId, place, action, teamId, finding),
      place === null ? null : refusalsAMinute,
    ],
  });
  const row = rows[0];
  if (!row) throw new Error('opening a challenge returned no row');
  if (row.id === null) return { count: row.count, waitSeconds: row.wait_seconds };
  const { hasPassword, hasSso } = row;
  return { id: row.id, expiresAt: row.expires_at, hasPassword, hasSso };
}

export type ChallengeWithUser = StoredChallenge & {
  now: Date;
  client: string;
  user: { id: string; email: string; hasPassword: boolean };
};

/** Finds a challenge with what its page shows; null also when its session has ended. */
export async function findChallenge(db: Db, id: string): Promise<ChallengeWithUser | null> {
  const [row] = await db.$queryRaw<
    (Omit<ChallengeWithUser, 'user'> & {
      email: string;
      hasPassword: boolean;
    })[]
  >`
    SELECT gatehouse_now() AS now, c.id, c.user_id AS "userId", c.session_id AS "sessionId", c.network,
      c.address, c.action, c.expires_at AS "expiresAt", c.verified_at AS "verifiedAt", c.recorded_network AS "recordedNetwork", s.client,
      u.email, u.password_hash IS NOT NULL AND NOT gatehouse_requires_sso(u.id, u.email) AS "hasPassword"
    FROM challenges c
    JOIN sessions s ON s.id = c.session_id AND s.ended_at IS NULL
    JOIN users u ON u.id = c.user_id
    WHERE c.id = ${id}`;
  if (!row) return null;
  const { email, hasPassword, ...challenge } = row;
  return { ...challenge, user: { id: row.userId, email, hasPassword } };
}

/** Marks as passed what waits for this user to verify this network. @returns the ids. */
export async function passChallenges(tx: Db, userId: string, network: string): Promise<string[]> {
  const rows = await tx.$queryRaw<{ id: string }[]>`
    UPDATE challenges SET verified_at = gatehouse_now()
    WHERE user_id = ${userId} AND network = ${network}
      AND verified_at IS NULL AND expires_at > gatehouse_now()
    RETURNING id`;
  return rows.map((row) => row.id);
}

/** Notes that a proof which named a challenge of this user came from another network, and recorded that. */
export async function noteOtherNetwork(
  tx: Db,
  { challengeId, userId, network }: { challengeId: string; userId: string; network: string },
): Promise<void> {
  await tx.$executeRaw`
    UPDATE challenges SET recorded_network = ${network}
    WHERE id = ${challengeId} AND user_id = ${userId} AND network <> ${network}
      AND verified_at IS NULL AND expires_at > gatehouse_now()`;
}
