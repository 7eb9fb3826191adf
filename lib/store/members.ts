import type { Db } from '@/lib/platform/postgres/database';
import { Prisma } from '@/lib/platform/prisma/client';
import type { Role } from '@/lib/policy/roles';
import type { Rule } from '@/lib/policy/rules';
import { type DefaultRuleRow, toDefaultRule } from './app-rules';
import { ruleAt } from './facts';
import type { Slice } from './paging';

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

/** How often, in the last 30 days, enforcing everything would have asked members of a team: once a network. */
export async function countPromptsOfTeam(db: Db, teamId: string): Promise<number> {
  const [row] = await db.$queryRaw<{ prompts: number }[]>`
    SELECT count(*)::int AS prompts FROM (
      SELECT DISTINCT g.user_id, g.network FROM sightings g
      JOIN memberships m ON m.user_id = g.user_id AND m.team_id = ${teamId}
      WHERE g.would_block_at > gatehouse_now() - interval '720 hours') asked`;
  return row?.prompts ?? 0;
}

/** A member by the e-mail, or by the id. */
export async function findMemberNamed(
  db: Db,
  teamId: string,
  who: { email: string } | { id: string },
): Promise<{ id: string; name: string; email: string } | null> {
  const row = await db.membership.findFirst({
    where: { teamId, user: who },
    select: { user: { select: { id: true, name: true, email: true } } },
  });
  return row?.user ?? null;
}

export type StoredMember = {
  id: string;
  /** By what they are ordered. */
  key: string;
  name: string;
  email: string;
  role: Role;
  lastSeenAt: Date | null;
  /** On how many networks, in the last 30 days, enforcement would have asked once. */
  wouldBeBlocked: number;
  /** When each of those networks was verified that are not revoked. */
  verifiedAt: Date[];
  /** The Default rules of all teams of this user. */
  rules: Rule[];
};

/** Which members: one, those of a role, whose name or e-mail holds a text, or whom a Team Computer names. */
export type WhichMembers = {
  userId?: string;
  role?: Role | undefined;
  q?: string | undefined;
  computerId?: string | undefined;
};

/** The members of a team by name, and what stands in the list of each of these. */
export async function findMembers(
  db: Db,
  teamId: string,
  { after, rows }: Slice,
  { userId, role, q, computerId }: WhichMembers = {},
): Promise<StoredMember[]> {
  const members = await db.$queryRaw<StoredMemberRow[]>`
    WITH page AS MATERIALIZED (
      SELECT u.id, u.name, u.email, m.role::text, lower(u.name) AS key
      FROM memberships m JOIN users u ON u.id = m.user_id
      WHERE m.team_id = ${teamId} AND (${userId}::text IS NULL OR m.user_id = ${userId})
        AND (${role}::role IS NULL OR m.role = ${role}::role)
        AND (${q}::text IS NULL OR strpos(lower(u.name), lower(${q})) > 0 OR strpos(u.email, lower(${q})) > 0)
        AND (${computerId}::text IS NULL OR EXISTS (
          SELECT 1 FROM computer_grants g JOIN computers c ON c.id = g.computer_id AND c.team_id = m.team_id
          WHERE g.computer_id = ${computerId} AND g.user_id = u.id))
        AND (${after?.key}::text IS NULL OR (lower(u.name), u.id) > (${after?.key}, ${after?.id}))
      ORDER BY lower(u.name), u.id LIMIT ${rows})
    SELECT p.*,
      (SELECT max(s.last_seen_at) FROM sessions s WHERE s.user_id = p.id) AS "lastSeenAt",
      (SELECT count(DISTINCT g.network)::int FROM sightings g
       WHERE g.user_id = p.id AND g.would_block_at > t.now - interval '720 hours') AS "wouldBeBlocked",
      ARRAY(SELECT v.verified_at FROM verified_ips v
        WHERE v.user_id = p.id AND v.revoked_at IS NULL) AS "verifiedAt",
      (SELECT coalesce(json_agg(json_build_object('enabled', ${RULE.enabled}, 'trustDays', ${RULE.trustDays},
          'modes', ${RULE.modes})), '[]')
       FROM memberships o LEFT JOIN app_rules r ON r.team_id = o.team_id AND r.is_default
       WHERE o.user_id = p.id) AS rules
    FROM (SELECT gatehouse_now() AS now) t, page p
    ORDER BY p.key, p.id`;
  return members.map(({ rules, ...member }) => ({
    ...member,
    rules: rules.map(toDefaultRule),
  }));
}

const RULE = Object.fromEntries(
  Object.entries(ruleAt('r')).map(([name, sql]) => [name, Prisma.raw(sql)]),
) as Record<keyof ReturnType<typeof ruleAt>, Prisma.Sql>;

type StoredMemberRow = Omit<StoredMember, 'rules'> & { rules: DefaultRuleRow[] };
