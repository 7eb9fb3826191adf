import type { Db } from '@/lib/platform/postgres/database';

/** How long a mailed link works. */
export const RESET_MINUTES = 30;

/** Links of one user that work at once. */
export const OPEN_RESETS_MAX = 4;

/**
 * Makes a reset, unless so many of the user's can still be used. The earlier ones stay: anybody can ask for
 * another, and whoever has one in his mail must not lose it by that.
 * @returns how many more there may be now; null: none was made
 */
export async function createReset(
  tx: Db,
  userId: string,
  tokenHash: Uint8Array<ArrayBuffer>,
): Promise<number | null> {
  // Of two at once, the later one counts the earlier.
  await tx.$queryRaw`SELECT 1 FROM users WHERE id = ${userId} FOR NO KEY UPDATE`;
  const [row] = await tx.$queryRaw<{ open: number }[]>`
    SELECT count(*)::int AS open FROM password_resets
    WHERE user_id = ${userId} AND used_at IS NULL AND expires_at > gatehouse_now()`;
  const open = row?.open ?? 0;
  if (open >= OPEN_RESETS_MAX) return null;
  await tx.$executeRaw`
    INSERT INTO password_resets (token_hash, user_id, expires_at)
    VALUES (${tokenHash}, ${userId}, gatehouse_now() + interval '1 minute' * ${RESET_MINUTES}::int)`;
  return OPEN_RESETS_MAX - open - 1;
}

export async function voidResets(tx: Db, userId: string): Promise<void> {
  await tx.$executeRaw`
    UPDATE password_resets SET used_at = gatehouse_now() WHERE user_id = ${userId} AND used_at IS NULL`;
}

export type OpenReset = { now: Date; userId: string; email: string; expiresAt: Date };

/** A reset that can still be used, by its token. An account without a password has none to reset. */
export async function findOpenReset(
  db: Db,
  tokenHash: Uint8Array<ArrayBuffer>,
): Promise<OpenReset | null> {
  const [row] = await db.$queryRaw<OpenReset[]>`
    SELECT gatehouse_now() AS now, u.id AS "userId", u.email, r.expires_at AS "expiresAt"
    FROM password_resets r JOIN users u ON u.id = r.user_id
    WHERE r.token_hash = ${tokenHash} AND r.used_at IS NULL AND r.expires_at > gatehouse_now()
      AND u.password_hash IS NOT NULL AND u.disabled_at IS NULL`;
  return row ?? null;
}

/** Uses a reset up. Of many at once one gets true. */
export async function takeReset(tx: Db, tokenHash: Uint8Array<ArrayBuffer>): Promise<boolean> {
  const count = await tx.$executeRaw`
    UPDATE password_resets SET used_at = gatehouse_now()
    WHERE token_hash = ${tokenHash} AND used_at IS NULL AND expires_at > gatehouse_now()`;
  return count === 1;
}
