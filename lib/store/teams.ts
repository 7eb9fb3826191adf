import type { Db } from '@/lib/platform/postgres/database';
import { Prisma } from '@/lib/platform/prisma/client';
import { trustStands } from './facts';

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

/** What a team has done of its first steps, and what it has settled otherwise. */
export async function findFirstSteps(db: Db, teamId: string) {
  const [row] = await db.$queryRaw<
    {
      computer: boolean;
      online: boolean;
      connected: boolean;
      secondOwner: boolean;
      hasProvider: boolean;
      settled: string[];
    }[]
  >`
    SELECT EXISTS (SELECT 1 FROM computers c WHERE c.team_id = t.id AND c.removed_at IS NULL) AS computer,
      EXISTS (SELECT 1 FROM computers c WHERE c.team_id = t.id AND c.removed_at IS NULL
        AND c.host_since IS NOT NULL) AS online,
      EXISTS (SELECT 1 FROM computers c JOIN connections n ON n.computer_id = c.id
        AND n.state = ANY('{accepted,closed}') WHERE c.team_id = t.id) AS connected,
      (SELECT count(*) > 1 FROM memberships m WHERE m.team_id = t.id AND m.role = 'owner') AS "secondOwner",
      EXISTS (SELECT 1 FROM sso_connections k WHERE k.team_id = t.id AND k.enabled) AS "hasProvider",
      t.settled_steps AS settled
    FROM teams t WHERE t.id = ${teamId}`;
  if (!row) throw new Error('there is no such team');
  return row;
}

/** Settles some steps, or takes that back; what is not named stays as it is. */
export async function settleSteps(
  tx: Db,
  teamId: string,
  steps: { [S in 'all' | 'mail' | 'sso']?: boolean | undefined },
): Promise<void> {
  await lockTeam(tx, teamId);
  const { settledSteps } = await tx.team.findUniqueOrThrow({
    where: { id: teamId },
    select: { settledSteps: true },
  });
  const settled = new Set(settledSteps);
  for (const [step, isSettled] of Object.entries(steps)) {
    if (isSettled) settled.add(step);
    if (isSettled === false) settled.delete(step);
  }
  await tx.team.update({
    where: { id: teamId },
    data: { settledSteps: [...settled].sort() },
    select: { id: true },
  });
}

/** @returns the name it had */
export async function renameTeam(tx: Db, teamId: string, name: string): Promise<string> {
  await lockTeam(tx, teamId);
  const before = await tx.team.findUniqueOrThrow({ where: { id: teamId }, select: { name: true } });
  await tx.team.update({ where: { id: teamId }, data: { name }, select: { id: true } });
  return before.name;
}

/** What of a team may need a look. */
export type TeamState = {
  owners: number;
  members: number;
  /** How many networks of members are trusted, and of these how many for at most 14 days more. */
  trusted: number;
  endingSoon: number;
  computersOnline: number;
  /** Not online, and not seen for a day. */
  computersAway: number;
  computers: number;
};

const SOON_DAYS = 14;

const stands = (days: number) => Prisma.raw(trustStands('i', String(days)));

/** How a team stands now. @param trustDays of its Default ruleset */
export async function findTeamState(db: Db, teamId: string, trustDays: number): Promise<TeamState> {
  const [row] = await db.$queryRaw<TeamState[]>`
    SELECT m.*, v.*, c.* FROM (SELECT gatehouse_now() AS now) t
    CROSS JOIN LATERAL (
      SELECT count(*)::int AS members, (count(*) FILTER (WHERE role = 'owner'))::int AS owners
      FROM memberships WHERE team_id = ${teamId}) m
    CROSS JOIN LATERAL (
      SELECT count(*)::int AS trusted,
        (count(*) FILTER (WHERE NOT (${stands(trustDays - SOON_DAYS)})))::int AS "endingSoon"
      FROM memberships o JOIN verified_ips i ON i.user_id = o.user_id
      WHERE o.team_id = ${teamId} AND ${stands(trustDays)}) v
    CROSS JOIN LATERAL (
      SELECT count(*)::int AS computers, (count(*) FILTER (WHERE online))::int AS "computersOnline",
        (count(*) FILTER (WHERE NOT online AND last_seen_at < t.now - interval '24 hours'))::int AS "computersAway"
      FROM computers WHERE team_id = ${teamId} AND removed_at IS NULL) c`;
  if (!row) throw new Error('the database told nothing of a team');
  return row;
}
