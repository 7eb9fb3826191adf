import { type Db, database } from '@/lib/platform/postgres/database';
import type { Prisma } from '@/lib/platform/prisma/client';

/** How long a person has at the provider, and a browser between the call-back and the end. */
const FLOW_MINUTES = 10;
const TICKET_SECONDS = 60;
/** How long a person has to prove an account: a mail may be on its way. */
export const JOIN_MINUTES = 15;

export type SsoPurpose = 'log_in' | 'verify' | 'test';

/** What a provider has said, checked by the protocol. */
export type SsoResult = {
  subject: string;
  email: string | null;
  emailVerified: boolean | null;
  name: string | null;
  /** RFC 3339; null: not told. */
  authenticatedAt: string | null;
  /** The provider's own session (`sid`, SessionIndex), for its log-out. */
  sessionIndex: string | null;
  claims: Record<string, Prisma.InputJsonValue | null>;
};

export type StoredSsoFlow = {
  id: string;
  now: Date;
  providerId: string;
  purpose: SsoPurpose;
  userId: string | null;
  sessionId: string | null;
  challengeId: string | null;
  network: string | null;
  requestId: string | null;
  returnPath: string;
  createdAt: Date;
  result: SsoResult | null;
  resultNetwork: string | null;
  /** The account that its browser has to prove first; null: none. */
  joinsUserId: string | null;
};

export type NewSsoFlow = {
  browserHash: Uint8Array;
  providerId: string;
  purpose: SsoPurpose;
  userId: string | null;
  sessionId: string | null;
  challengeId: string | null;
  network: string | null;
  requestId: string | null;
  returnPath: string;
};

export async function createSsoFlow(flow: NewSsoFlow): Promise<{ id: string; expiresAt: Date }> {
  const [row] = await database().prisma.$queryRaw<{ id: string; expiresAt: Date }[]>`
    INSERT INTO sso_flows (browser_hash, connection_id, purpose, user_id, session_id, challenge_id, network,
      request_id, return_path, expires_at)
    VALUES (${flow.browserHash}, ${flow.providerId}, ${flow.purpose}::sso_purpose, ${flow.userId},
      ${flow.sessionId}, ${flow.challengeId}, ${flow.network}, ${flow.requestId}, ${flow.returnPath},
      gatehouse_now() + interval '1 minute' * ${FLOW_MINUTES})
    RETURNING id, expires_at AS "expiresAt"`;
  if (!row) throw new Error('creating a flow returned no row');
  return row;
}

const COLUMNS = `id, gatehouse_now() AS now, connection_id AS "providerId", purpose::text, user_id AS "userId",
  session_id AS "sessionId", challenge_id AS "challengeId", network, request_id AS "requestId",
  return_path AS "returnPath", created_at AS "createdAt", result, result_network AS "resultNetwork",
  joins_user_id AS "joinsUserId"`;

/** The flow that a browser has begun and that nothing was answered to yet. */
export async function findPendingSsoFlow(browserHash: Uint8Array): Promise<StoredSsoFlow | null> {
  return one(
    `SELECT ${COLUMNS} FROM sso_flows
     WHERE browser_hash = $1 AND result IS NULL AND expires_at > gatehouse_now()`,
    [browserHash],
  );
}

/** The flow whose request a SAML response answers, if nothing has yet. */
export async function findSsoFlowByRequest(requestId: string): Promise<StoredSsoFlow | null> {
  return one(
    `SELECT ${COLUMNS} FROM sso_flows
     WHERE request_id = $1 AND result IS NULL AND expires_at > gatehouse_now()`,
    [requestId],
  );
}

/**
 * Writes down what the provider said, once, and the ticket of the browser that brought it.
 * @returns false when something was written before, or the flow has run out
 */
export async function setSsoResult(
  id: string,
  {
    ticketHash,
    result,
    network,
  }: { ticketHash: Uint8Array; result: SsoResult; network: string | null },
): Promise<boolean> {
  const { rowCount } = await database().pool.query(
    `UPDATE sso_flows SET ticket_hash = $2, result = $3::jsonb, result_network = $4,
       expires_at = gatehouse_now() + interval '${TICKET_SECONDS} seconds'
     WHERE id = $1 AND result IS NULL AND expires_at > gatehouse_now()`,
    [id, ticketHash, JSON.stringify(result), network],
  );
  return rowCount === 1;
}

/**
 * Takes an answered flow, once: for the browser that began it and has brought the answer. The attack: a
 * thief begins a flow and sends the provider's address to his victim; her browser brings the answer, his
 * has the cookie, and neither has both.
 */
export async function takeSsoFlow(
  browserHash: Uint8Array,
  ticketHash: Uint8Array,
): Promise<StoredSsoFlow | null> {
  return one(
    `UPDATE sso_flows SET completed_at = gatehouse_now(), ticket_hash = NULL
     WHERE browser_hash = $1 AND ticket_hash = $2 AND completed_at IS NULL AND expires_at > gatehouse_now()
     RETURNING ${COLUMNS}`,
    [browserHash, ticketHash],
  );
}

/** Keeps a flow that was taken, until its browser has proven this account. */
export async function holdSsoFlow(tx: Db, id: string, userId: string): Promise<void> {
  await tx.$executeRaw`
    UPDATE sso_flows SET completed_at = NULL, joins_user_id = ${userId},
      expires_at = gatehouse_now() + interval '1 minute' * ${JOIN_MINUTES}::int
    WHERE id = ${id}`;
}

const IS_HELD = `browser_hash = $1 AND joins_user_id IS NOT NULL AND completed_at IS NULL
  AND expires_at > gatehouse_now()`;

/** The flow of a browser that waits for an account to be proven. */
export async function findHeldSsoFlow(browserHash: Uint8Array): Promise<StoredSsoFlow | null> {
  return one(`SELECT ${COLUMNS} FROM sso_flows WHERE ${IS_HELD}`, [browserHash]);
}

/** Keeps the token of a mailed link; the one before is void from then on. @returns false when the flow has ended */
export async function setJoinToken(id: string, tokenHash: Uint8Array): Promise<boolean> {
  const { rowCount } = await database().pool.query(
    `UPDATE sso_flows SET join_token_hash = $2
     WHERE id = $1 AND joins_user_id IS NOT NULL AND completed_at IS NULL AND expires_at > gatehouse_now()`,
    [id, tokenHash],
  );
  return rowCount === 1;
}

/**
 * Takes a flow whose account was proven, once, for its browser.
 * @param tokenHash of the mailed link; null: the account was proven otherwise
 */
export async function takeHeldSsoFlow(
  browserHash: Uint8Array,
  tokenHash: Uint8Array | null,
): Promise<StoredSsoFlow | null> {
  return one(
    `UPDATE sso_flows SET completed_at = gatehouse_now(), join_token_hash = NULL
     WHERE ${IS_HELD} AND ($2::bytea IS NULL OR join_token_hash = $2) RETURNING ${COLUMNS}`,
    [browserHash, tokenHash],
  );
}

/**
 * Ends the flows of a provider that are under way: their answers were checked against what is believed no
 * longer. The rows stay, since they tell which assertions were taken.
 */
export async function endSsoFlows(tx: Db, providerId: string): Promise<void> {
  await tx.$executeRaw`
    UPDATE sso_flows SET expires_at = gatehouse_now()
    WHERE connection_id = ${providerId} AND completed_at IS NULL AND expires_at > gatehouse_now()`;
}

async function one(text: string, values: unknown[]): Promise<StoredSsoFlow | null> {
  const { rows } = await database().pool.query<StoredSsoFlow>(text, values);
  return rows[0] ?? null;
}

/** The session a flow has begun, and by whom the provider knows its user. */
export async function setSessionSso(
  tx: Db,
  sessionId: string,
  ssoIdentityId: string,
  ssoSessionIndex: string | null,
): Promise<void> {
  await tx.session.update({
    where: { id: sessionId },
    data: { ssoIdentityId, ssoSessionIndex },
    select: { id: true },
  });
}
