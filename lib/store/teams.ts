import type { Db } from '@/lib/platform/postgres/database';

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

/** Puts changes to who is in a team, and as what, in order: one at a time, until the transaction ends. */
export async function lockTeam(tx: Db, teamId: string): Promise<void> {
  await tx.$executeRaw`SELECT 1 FROM teams WHERE id = ${teamId} FOR NO KEY UPDATE`;
}

/** @returns the name it had */
export async function renameTeam(tx: Db, teamId: string, name: string): Promise<string> {
  await lockTeam(tx, teamId);
  const before = await tx.team.findUniqueOrThrow({ where: { id: teamId }, select: { name: true } });
  await tx.team.update({ where: { id: teamId }, data: { name }, select: { id: true } });
  return before.name;
}
