import type { Db } from '@/lib/platform/postgres/database';
import { Prisma } from '@/lib/platform/prisma/client';
import type { Role } from '@/lib/policy/roles';
import type { SsoFacts } from '@/lib/policy/sso';
import { LIVE_STATES } from '@/lib/store/facts';

type Person = { userId: string; isMember: boolean; isDisabled: boolean };

/**
 * What decides whom a subject is here, with the account and the identity locked until the transaction
 * ends; the account first, as whoever forgets its identities does.
 */
export async function findSsoFacts(
  tx: Db,
  provider: {
    id: string;
    teamId: string;
    justInTimeRole: Role | null;
    believesEmail: boolean;
  },
  subject: { subject: string; email: string | null; emailVerified: boolean | null; domain: string },
): Promise<SsoFacts & { identityId: string | null }> {
  const { teamId } = provider;
  const identities = await tx.$queryRaw<(Person & { identityId: string })[]>`
    SELECT i.id AS "identityId", u.id AS "userId", u.disabled_at IS NOT NULL AS "isDisabled",
      EXISTS (SELECT 1 FROM memberships m WHERE m.user_id = u.id AND m.team_id = ${teamId}) AS "isMember"
    FROM sso_identities i JOIN users u ON u.id = i.user_id
    WHERE i.connection_id = ${provider.id} AND i.subject = ${subject.subject}
    FOR NO KEY UPDATE OF u FOR SHARE OF i`;
  const accounts = await tx.$queryRaw<Person[]>`
    SELECT u.id AS "userId", u.disabled_at IS NOT NULL AS "isDisabled",
      EXISTS (SELECT 1 FROM memberships m WHERE m.user_id = u.id AND m.team_id = ${teamId}) AS "isMember"
    FROM users u WHERE u.email = ${subject.email} FOR NO KEY UPDATE`;
  const domain = await tx.ssoDomain.findFirst({
    where: { providerId: provider.id, domain: subject.domain, provenAt: { not: null } },
    select: { id: true },
  });
  const invites = await tx.$queryRaw<{ role: Role }[]>`
    SELECT role::text FROM invites
    WHERE team_id = ${teamId} AND email = ${subject.email} AND accepted_at IS NULL
      AND revoked_at IS NULL AND expires_at > gatehouse_now()`;
  const { identityId = null, ...linked } = identities[0] ?? {};
  return {
    identityId,
    linked: identities[0] ? (linked as Person) : null,
    email: subject.email,
    emailVerified: subject.emailVerified,
    believesEmail: provider.believesEmail,
    isDomainProven: domain !== null,
    account: accounts[0] ?? null,
    invitedAs: invites[0]?.role ?? null,
    justInTimeRole: provider.justInTimeRole,
  };
}

export async function linkSsoIdentity(
  tx: Db,
  identity: { providerId: string; subject: string; userId: string; isByPassword: boolean },
): Promise<string> {
  const { id } = await tx.ssoIdentity.create({ data: identity, select: { id: true } });
  return id;
}

/** Nobody is known by this provider any more. */
export async function forgetSsoIdentities(tx: Db, providerId: string): Promise<void> {
  await tx.ssoIdentity.deleteMany({ where: { providerId } });
}

/** No provider knows this account any more, or none that was joined by its password. @returns how many did */
export async function forgetIdentitiesOfUser(
  tx: Db,
  userId: string,
  which: 'all' | 'by-password',
): Promise<number> {
  const where = { userId, ...(which === 'by-password' && { isByPassword: true }) };
  const { count } = await tx.ssoIdentity.deleteMany({ where });
  return count;
}

/** An account made at its first log-in by single sign-on: it has no password. */
export async function createSsoUser(
  tx: Db,
  user: { email: string; name: string },
): Promise<{ id: string; email: string; name: string }> {
  return tx.user.create({ data: user, select: { id: true, email: true, name: true } });
}

/** The open invitations of a team for an email are taken by the account that was made from them. */
export async function takeInvitesOf(tx: Db, teamId: string, email: string): Promise<void> {
  await tx.$executeRaw`
    UPDATE invites SET accepted_at = gatehouse_now()
    WHERE team_id = ${teamId} AND email = ${email} AND accepted_at IS NULL AND revoked_at IS NULL`;
}

/** The enabled providers by which a user is known, for re-authentication. */
export function findSsoOfUser(db: Db, userId: string): Promise<{ id: string; name: string }[]> {
  return db.$queryRaw`
    SELECT DISTINCT c.id, c.name FROM sso_identities i
    JOIN sso_connections c ON c.id = i.connection_id AND c.enabled
    JOIN memberships m ON m.team_id = c.team_id AND m.user_id = i.user_id
    WHERE i.user_id = ${userId} ORDER BY c.name, c.id`;
}

/**
 * Writes down that a log-out of a provider was done. The attack: whoever has seen one sends it again, and
 * ends the sessions that its user has begun since.
 * @param message its identifier, hashed, and until when it could be taken
 * @returns false when it was done before
 */
export async function takeSsoLogOut(
  tx: Db,
  providerId: string,
  message: { hash: Uint8Array; until: Date },
): Promise<boolean> {
  const taken = await tx.$executeRaw`
    INSERT INTO sso_log_outs (connection_id, message_hash, expires_at)
    VALUES (${providerId}, ${message.hash}, ${message.until}) ON CONFLICT DO NOTHING`;
  return taken === 1;
}

/** The live sessions that a provider's log-out names: of a subject, of one of its sessions, or both. */
export function findSessionsOfIdentity(
  db: Db,
  providerId: string,
  named: { subject: string | null; sessionIndexes: string[] },
): Promise<{ id: string; userId: string }[]> {
  return db.$queryRaw`
    SELECT s.id, s.user_id AS "userId" FROM sessions s
    JOIN sso_identities i ON i.id = s.sso_identity_id AND i.connection_id = ${providerId}
    WHERE s.ended_at IS NULL
      AND (${named.subject}::text IS NULL OR i.subject = ${named.subject})
      AND (cardinality(${named.sessionIndexes}::text[]) = 0 OR s.sso_session_index = ANY(${named.sessionIndexes}))
      AND (${named.subject}::text IS NOT NULL OR cardinality(${named.sessionIndexes}::text[]) > 0)`;
}

/** How much rested on the word of a provider. */
export type WhatRested = { endedSessions: number; revokedNetworks: number };

/**
 * Ends what rests on the word of a provider that is believed no longer: the sessions that it began, the
 * trust in the networks that it verified, and the live connections of both.
 * @returns how many
 */
export async function endWhatRestsOn(tx: Db, providerId: string): Promise<WhatRested> {
  const sessions = await tx.$queryRaw<{ id: string }[]>`
    UPDATE sessions s SET ended_at = gatehouse_now(), previous_token_hash = NULL
    FROM sso_identities i
    WHERE i.id = s.sso_identity_id AND i.connection_id = ${providerId} AND s.ended_at IS NULL
    RETURNING s.id`;
  await tx.$executeRaw`
    UPDATE connections SET state = 'revoked', ended_at = gatehouse_now(), end_reason = 'session_ended'
    WHERE session_id = ANY(${sessions.map(({ id }) => id)}) AND state IN ${Prisma.raw(LIVE_STATES)}`;
  const networks = await tx.$queryRaw<{ userId: string; network: string }[]>`
    UPDATE verified_ips SET revoked_at = gatehouse_now()
    WHERE connection_id = ${providerId} AND revoked_at IS NULL
    RETURNING user_id AS "userId", network`;
  await tx.$executeRaw`
    UPDATE connections c SET state = 'revoked', ended_at = gatehouse_now(), end_reason = 'network_revoked'
    FROM unnest(${networks.map(({ userId }) => userId)}::text[], ${networks.map(({ network }) => network)}::text[])
      AS gone (user_id, network)
    WHERE c.user_id = gone.user_id AND c.network = gone.network AND c.state IN ${Prisma.raw(LIVE_STATES)}`;
  return { endedSessions: sessions.length, revokedNetworks: networks.length };
}
