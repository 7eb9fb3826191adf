import { database } from '@/lib/platform/postgres/database';
import type { Role } from '@/lib/policy/roles';
import type { Rule } from '@/lib/policy/rules';
import type { Trust } from '@/lib/policy/trust';
import { type DefaultRuleRow, toDefaultRule } from './app-rules';
import { mayConnect, ruleColumns, sessionLives, socketStands } from './facts';

/** All that one request is decided by, read in one query with the database's time. */
export type SessionFacts = {
  now: Date;
  session: {
    id: string;
    client: string;
    expiresAt: Date;
    authenticatedAt: Date;
    authenticatedNetwork: string | null;
  };
  user: {
    id: string;
    email: string;
    name: string;
  };
  teams: { id: string; name: string; role: Role; rule: Rule }[];
  /** What is recorded for this user and the network of the request. */
  trust: (Trust & { id: string }) | null;
  /** The computer that was asked for, if the user may connect to it. */
  computer: { id: string; teamId: string } | null;
};

/** One row a team of the user, and one without a team where he is in none. @param sessions at most one */
const query = (sessions: string) => `
WITH t AS MATERIALIZED (SELECT gatehouse_now() AS now)
SELECT t.now, s.id, s.client, s.expires_at, s.authenticated_at, s.authenticated_network,
  u.id AS user_id, u.email, u.name,
  v.id AS trust_id, v.verified_at, v.revoked_at,
  c.id AS computer_id, c.team_id AS computer_team_id,
  tm.id AS team_id, tm.name AS team_name, m.role::text, ${ruleColumns('r', 't.now')}
FROM t
CROSS JOIN LATERAL (${sessions}) s
JOIN users u ON u.id = s.user_id AND u.disabled_at IS NULL
LEFT JOIN verified_ips v ON v.user_id = s.user_id AND v.network = $2
LEFT JOIN computers c ON c.id = $3 AND ${mayConnect('c', 's.user_id')}
LEFT JOIN (memberships m JOIN teams tm ON tm.id = m.team_id
  LEFT JOIN app_rules r ON r.team_id = m.team_id AND r.is_default) ON m.user_id = s.user_id
WHERE ${sessionLives('s', 't.now')}
ORDER BY m.created_at, m.team_id`;

/** The token before the last re-authentication is looked for where the token is nobody's now. */
const BY_TOKEN = query(`
  SELECT * FROM sessions WHERE token_hash = $1
  UNION ALL
  SELECT * FROM sessions WHERE previous_token_hash = $1
    AND previous_token_network = $2 AND previous_token_until > t.now
  LIMIT 1`);

const BY_SESSION = query(
  `SELECT * FROM sessions o WHERE o.id = $4 AND ${socketStands('o', '$1', '$2')}`,
);

type Row = {
  now: Date;
  id: string;
  client: string;
  expires_at: Date;
  authenticated_at: Date;
  authenticated_network: string | null;
  user_id: string;
  email: string;
  name: string;
  trust_id: string | null;
  verified_at: Date | null;
  revoked_at: Date | null;
  computer_id: string | null;
  computer_team_id: string | null;
} & ({ team_id: null } | ({ team_id: string; team_name: string; role: Role } & DefaultRuleRow));

/**
 * Finds a live session by its token's hash. Null: no such session, ended, expired or idle too long.
 * @throws a database error, which is not the same as "logged out".
 */
export async function findSessionFacts(
  tokenHash: Uint8Array,
  network: string | null,
  computerId: string | null,
): Promise<SessionFacts | null> {
  const { rows } = await database().pool.query<Row>({
    name: 'session-facts',
    text: BY_TOKEN,
    values: [Buffer.from(tokenHash), network, computerId],
  });
  return toFacts(rows);
}

/**
 * The same for a socket that was opened earlier. Null also when the token it was opened with was replaced
 * from another network.
 */
export async function findSocketFacts(
  socket: { sessionId: string; tokenHash: Uint8Array; network: string | null },
  computerId: string | null,
): Promise<SessionFacts | null> {
  const { rows } = await database().pool.query<Row>({
    name: 'socket-facts',
    text: BY_SESSION,
    values: [socket.tokenHash, socket.network, computerId, socket.sessionId],
  });
  return toFacts(rows);
}

/** The same for a session whose token was looked at before, within one call. */
export async function findFactsOfSession(
  sessionId: string,
  network: string | null,
  computerId: string | null,
): Promise<SessionFacts | null> {
  const { rows } = await database().pool.query<Row>(query('SELECT * FROM sessions WHERE id = $1'), [
    sessionId,
    network,
    computerId,
  ]);
  return toFacts(rows);
}

function toFacts(rows: readonly Row[]): SessionFacts | null {
  const [row] = rows;
  if (!row) return null;
  return {
    now: row.now,
    session: {
      id: row.id,
      client: row.client,
      expiresAt: row.expires_at,
      authenticatedAt: row.authenticated_at,
      authenticatedNetwork: row.authenticated_network,
    },
    user: {
      id: row.user_id,
      email: row.email,
      name: row.name,
    },
    teams: rows.flatMap((one) =>
      one.team_id === null
        ? []
        : [{ id: one.team_id, name: one.team_name, role: one.role, rule: toDefaultRule(one) }],
    ),
    trust:
      row.trust_id && row.verified_at
        ? { id: row.trust_id, verifiedAt: row.verified_at, revokedAt: row.revoked_at }
        : null,
    computer:
      row.computer_id && row.computer_team_id
        ? { id: row.computer_id, teamId: row.computer_team_id }
        : null,
  };
}
