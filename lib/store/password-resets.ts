import type { Db } from '@/lib/platform/database';

/** How long a mailed link works. */
export const RESET_MINUTES = 30;

/** Makes a reset; the user's earlier ones are void from then on. */
export async function createReset(
  tx: Db,
  userId: string,
  tokenHash: Uint8Array<ArrayBuffer>,
): Promise<void> {
  await voidResets(tx, userId);
  await tx.$executeRaw`
    INSERT INTO password_resets (token_hash, user_id, expires_at)
    VALUES (${tokenHash}, ${userId}, gatehouse_now() + interval '1 minute' * ${RESET_MINUTES}::int)`;
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
