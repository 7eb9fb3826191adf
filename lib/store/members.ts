import type { Db } from '@/lib/platform/database';
import type { Role } from '@/lib/policy/roles';
import { DEFAULT_RULE, type Rule } from '@/lib/policy/rules';
import type { Trust } from '@/lib/policy/trust';
import { toRule } from './users';

export function findMembership(
  db: Db,
  teamId: string,
  userId: string,
): Promise<{ role: Role } | null> {
  return db.membership.findUnique({
    where: { teamId_userId: { teamId, userId } },
    select: { role: true },
  });
}

export async function addMember(tx: Db, teamId: string, userId: string, role: Role): Promise<void> {
  await tx.membership.create({ data: { teamId, userId, role }, select: { teamId: true } });
}

/** Whether an e-mail belongs to a member. */
export async function hasMemberWithEmail(db: Db, teamId: string, email: string): Promise<boolean> {
  const member = await db.membership.findFirst({
    where: { teamId, user: { email } },
    select: { userId: true },
  });
  return member !== null;
}

/** Which of these users are members. */
export async function findMemberIdsAmong(
  db: Db,
  teamId: string,
  userIds: string[],
): Promise<string[]> {
  const rows = await db.membership.findMany({
    where: { teamId, userId: { in: userIds } },
    select: { userId: true },
  });
  return rows.map((row) => row.userId);
}

export async function setRole(tx: Db, teamId: string, userId: string, role: Role): Promise<void> {
  await tx.membership.update({
    where: { teamId_userId: { teamId, userId } },
    data: { role },
    select: { teamId: true },
  });
}

export async function removeMember(tx: Db, teamId: string, userId: string): Promise<void> {
  await tx.membership.deleteMany({ where: { teamId, userId } });
}

export function countOwners(tx: Db, teamId: string): Promise<number> {
  return tx.membership.count({ where: { teamId, role: 'owner' } });
}

/** The owners of a team, but for one. */
export async function findOtherOwners(
  db: Db,
  teamId: string,
  userId: string,
): Promise<{ email: string }[]> {
  const rows = await db.membership.findMany({
    where: { teamId, role: 'owner', userId: { not: userId }, user: { disabledAt: null } },
    select: { user: { select: { email: true } } },
  });
  return rows.map((row) => row.user);
}

export type StoredMember = {
  id: string;
  name: string;
  email: string;
  role: Role;
  lastSeenAt: Date | null;
  /** On how many networks, in the last 30 days, enforcement would have asked once. */
  wouldBeBlocked: number;
  networks: Trust[];
  /** The Default rules of all teams of this user. */
  rules: Rule[];
};

/** The members of a team, or one of them, by name. */
export async function findMembers(
  db: Db,
  teamId: string,
  userId: string | null = null,
): Promise<StoredMember[]> {
  const members = await db.$queryRaw<Omit<StoredMember, 'networks' | 'rules'>[]>`
    SELECT u.id, u.name, u.email, m.role::text,
      (SELECT max(s.last_seen_at) FROM sessions s WHERE s.user_id = u.id) AS "lastSeenAt",
      (SELECT count(DISTINCT g.network)::int FROM sightings g
       WHERE g.user_id = u.id AND g.would_block_at > t.now - interval '720 hours') AS "wouldBeBlocked"
    FROM (SELECT gatehouse_now() AS now) t, memberships m JOIN users u ON u.id = m.user_id
    WHERE m.team_id = ${teamId} AND (${userId}::text IS NULL OR m.user_id = ${userId})
    ORDER BY lower(u.name), u.id`;
  const isMember = { memberships: { some: { teamId } }, ...(userId !== null && { id: userId }) };
  const networks = await db.verifiedIp.findMany({
    where: { user: isMember },
    select: { userId: true, verifiedAt: true, revokedAt: true },
  });
  const memberships = await db.membership.findMany({
    where: { user: isMember },
    select: { userId: true, team: { select: { rules: { where: { isDefault: true } } } } },
  });
  const networksOf = groupByUser(networks);
  const teamsOf = groupByUser(memberships);
  return members.map((member) => ({
    ...member,
    networks: networksOf.get(member.id) ?? [],
    rules: (teamsOf.get(member.id) ?? []).map(({ team: { rules } }) =>
      rules[0] ? toRule(rules[0]) : DEFAULT_RULE,
    ),
  }));
}

function groupByUser<T extends { userId: string }>(rows: T[]): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const row of rows) {
    const group = groups.get(row.userId);
    if (group) group.push(row);
    else groups.set(row.userId, [row]);
  }
  return groups;
}
