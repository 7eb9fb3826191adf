import type { Db } from '@/lib/platform/database';

/** Any number; what matters is that all set-ups take the same. */
const SET_UP_LOCK = 7_401_861;

/** Lets one set-up at a time look and write. Held until the transaction ends. */
export async function lockSetUp(tx: Db): Promise<void> {
  await tx.$executeRaw`SELECT pg_advisory_xact_lock(${SET_UP_LOCK})`;
}

export async function hasTeam(db: Db): Promise<boolean> {
  return (await db.team.findFirst({ select: { id: true } })) !== null;
}

/** A team with its Default ruleset: IP Verification is on. */
export function createTeam(tx: Db, name: string): Promise<{ id: string; name: string }> {
  return tx.team.create({
    data: { name, rules: { create: { name: 'Default', isDefault: true } } },
    select: { id: true, name: true },
  });
}
