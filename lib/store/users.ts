import { type Db, database } from '@/lib/platform/postgres/database';
import type { Trust } from '@/lib/policy/trust';
import { meansOf } from './facts';

export type LogInFacts = {
  now: Date;
  user: {
    id: string;
    email: string;
    name: string;
    passwordHash: string | null;
    isDisabled: boolean;
    /** Whether its team lets it log in by single sign-on alone. */
    requiresSso: boolean;
  };
  /** What is recorded for this user and the network that asks. */
  trust: Trust | null;
};

/**
 * What a log-in is decided by, in one query whether or not there is such an account; null when no
 * account has this email.
 */
export async function findLogInFacts(
  db: Db,
  email: string,
  network: string | null,
): Promise<LogInFacts | null> {
  const [row] = await db.$queryRaw<
    (LogInFacts['user'] & { now: Date; verifiedAt: Date | null; revokedAt: Date | null })[]
  >`
    SELECT gatehouse_now() AS now, u.id, u.email, u.name, u.password_hash AS "passwordHash",
      u.disabled_at IS NOT NULL AS "isDisabled", gatehouse_requires_sso(u.id, u.email) AS "requiresSso",
      v.verified_at AS "verifiedAt", v.revoked_at AS "revokedAt"
    FROM users u LEFT JOIN verified_ips v ON v.user_id = u.id AND v.network = ${network}
    WHERE u.email = ${email}`;
  if (!row) return null;
  const { now, verifiedAt, revokedAt, ...user } = row;
  return { now, user, trust: verifiedAt && { verifiedAt, revokedAt } };
}

/**
 * Puts what changes a user's sessions and networks in order, as the guard of every act does: else a
 * verification and a "sign out everywhere" can wait for each other.
 */
export async function lockUser(
  tx: Db,
  userId: string,
): Promise<{ passwordHash: string | null; isDisabled: boolean } | null> {
  const [row] = await tx.$queryRaw<{ passwordHash: string | null; isDisabled: boolean }[]>`
    SELECT password_hash AS "passwordHash", disabled_at IS NOT NULL AS "isDisabled"
    FROM users WHERE id = ${userId} FOR NO KEY UPDATE`;
  return row ?? null;
}

export async function setPasswordHash(tx: Db, userId: string, passwordHash: string): Promise<void> {
  await tx.user.update({ where: { id: userId }, data: { passwordHash }, select: { id: true } });
}

/**
 * Replaces the password that was checked. Locks the user, so that two changes come one after the other.
 * @returns false when it was replaced meanwhile: then the check proved nothing.
 */
export async function replacePasswordHash(
  tx: Db,
  userId: string,
  from: string,
  to: string,
): Promise<boolean> {
  const { count } = await tx.user.updateMany({
    where: { id: userId, passwordHash: from },
    data: { passwordHash: to },
  });
  return count === 1;
}

/** By what an account can prove who sits there. */
export type Means = {
  /** None where its team requires single sign-on. */
  hasPassword: boolean;
  /** Whether an identity provider knows it. */
  hasSso: boolean;
};

export async function findMeans(userId: string): Promise<Means> {
  const { rows } = await database().pool.query<Means>({
    name: 'means',
    text: `SELECT ${meansOf('u')} FROM users u WHERE u.id = $1`,
    values: [userId],
  });
  return rows[0] ?? { hasPassword: false, hasSso: false };
}

export type ProvableAccount = {
  id: string;
  email: string;
  hasPassword: boolean;
  /** Whether its team lets it log in by single sign-on alone. */
  requiresSso: boolean;
  isEmailConfirmed: boolean;
  /** Whether it keeps its password for the day on which the provider is down. */
  isBreakGlass: boolean;
};

/** By what an account can be proven at its first single sign-on, and what it loses then. */
export async function findProvableAccount(db: Db, userId: string): Promise<ProvableAccount | null> {
  const [row] = await db.$queryRaw<ProvableAccount[]>`
    SELECT id, email, password_hash IS NOT NULL AS "hasPassword",
      gatehouse_requires_sso(id, email) AS "requiresSso",
      email_confirmed_at IS NOT NULL AS "isEmailConfirmed",
      EXISTS (SELECT 1 FROM teams t WHERE t.break_glass_user_id = users.id) AS "isBreakGlass"
    FROM users WHERE id = ${userId} AND disabled_at IS NULL`;
  return row ?? null;
}

/** What is known of an account's address, with the account locked until the transaction ends. */
export async function lockEmailConfirmed(tx: Db, userId: string): Promise<boolean> {
  const [row] = await tx.$queryRaw<{ isConfirmed: boolean }[]>`
    SELECT email_confirmed_at IS NOT NULL AS "isConfirmed" FROM users WHERE id = ${userId} FOR NO KEY UPDATE`;
  return row?.isConfirmed ?? false;
}

export async function isEmailConfirmed(db: Db, userId: string): Promise<boolean> {
  return (await db.user.count({ where: { id: userId, emailConfirmedAt: { not: null } } })) > 0;
}

/** Writes down that whoever holds this account reads the mail of its address, or that a provider says so. */
export async function confirmEmail(tx: Db, userId: string): Promise<void> {
  await tx.$executeRaw`UPDATE users SET email_confirmed_at = gatehouse_now() WHERE id = ${userId}`;
}

/**
 * Takes an account's password away; not that of an owner who keeps it for the day on which the provider is
 * down: his team would have no way in.
 * @returns whether it had one, and has none now
 */
export async function removePassword(tx: Db, userId: string): Promise<boolean> {
  const count = await tx.$executeRaw`
    UPDATE users SET password_hash = NULL WHERE id = ${userId} AND password_hash IS NOT NULL
      AND NOT EXISTS (SELECT 1 FROM teams WHERE break_glass_user_id = ${userId})`;
  return count === 1;
}

/** Names and addresses of users, for what mentions them by id. */
export function findUserSummaries(
  db: Db,
  ids: string[],
): Promise<{ id: string; name: string; email: string }[]> {
  return db.user.findMany({
    where: { id: { in: ids } },
    select: { id: true, name: true, email: true },
  });
}

/**
 * The account that a forgotten password may be reset for; null: none, disabled, without a password, or one
 * that logs in by single sign-on alone.
 */
export async function findResettableUser(
  db: Db,
  email: string,
): Promise<{ id: string; email: string } | null> {
  const [row] = await db.$queryRaw<{ id: string; email: string }[]>`
    SELECT id, email FROM users
    WHERE email = ${email} AND disabled_at IS NULL AND password_hash IS NOT NULL
      AND NOT gatehouse_requires_sso(id, email)`;
  return row ?? null;
}

/** Whether an account may no longer use a password, as this transaction would leave it. */
export async function requiresSso(tx: Db, user: { id: string; email: string }): Promise<boolean> {
  const [row] = await tx.$queryRaw<{ required: boolean }[]>`
    SELECT gatehouse_requires_sso(${user.id}, ${user.email}) AS required`;
  return row?.required ?? false;
}

export function createUser(
  tx: Db,
  user: { email: string; name: string; passwordHash: string },
): Promise<{ id: string; email: string; name: string }> {
  return tx.user.create({ data: user, select: { id: true, email: true, name: true } });
}
