import type { Db } from '@/lib/platform/postgres/database';
import { Prisma } from '@/lib/platform/prisma/client';
import type { Order } from '@/lib/policy/paging';
import type { Role } from '@/lib/policy/roles';
import type { Rule } from '@/lib/policy/rules';
import { type DefaultRuleRow, toDefaultRule } from './app-rules';
import { ruleAt, trustDaysOf, trustStands } from './facts';
import { countedSlice, inOrder, type Placed, type Slice, timeKey } from './paging';

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

/** Whether an email belongs to a member. */
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

/** A member by the email, or by the id. */
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

export type StoredMember = Placed & {
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

/** Which members: one, those of a role, whose name or email holds a text, or whom a Team Computer names. */
export type WhichMembers = {
  userId?: string;
  role?: Role | undefined;
  text?: string | undefined;
  computerId?: string | undefined;
};

export type MembersBy =
  | 'name'
  | 'email'
  | 'role'
  | 'trustedNetworks'
  | 'wouldBeBlocked'
  | 'lastSeenAt';
const BY_NAME: Order<MembersBy> = { by: 'name', isDescending: false };

/** On how many networks, in the last 30 days, enforcing everything would have asked a user once. @param now a column */
const promptsOf = (userId: string, now: string) => Prisma.sql`(
  SELECT count(DISTINCT g.network)::int FROM sightings g
  WHERE g.user_id = ${Prisma.raw(userId)} AND g.would_block_at > ${Prisma.raw(now)} - interval '720 hours')`;

/** The members of a team, and what stands in the list of each of these. */
export async function findMembers(
  db: Db,
  teamId: string,
  slice: Slice,
  { userId, role, text, computerId }: WhichMembers = {},
  { by, isDescending } = BY_NAME,
): Promise<StoredMember[]> {
  const members = await db.$queryRaw<StoredMemberRow[]>`
    WITH t AS MATERIALIZED (SELECT gatehouse_now() AS now),
    matching AS MATERIALIZED (
      SELECT u.id, u.name, u.email, m.role::text, CASE ${by}::text
        WHEN 'email' THEN u.email
        WHEN 'role' THEN array_position(ARRAY['owner', 'admin', 'member'], m.role::text) || lower(u.name)
        WHEN 'trustedNetworks' THEN lpad((
          SELECT count(*)::text FROM verified_ips v, ${Prisma.raw(trustDaysOf('u.id'))} d(days)
          WHERE v.user_id = u.id AND ${Prisma.raw(trustStands('v', 'd.days'))}), 9, '0')
        WHEN 'wouldBeBlocked' THEN lpad(${promptsOf('u.id', 't.now')}::text, 9, '0')
        WHEN 'lastSeenAt' THEN coalesce((
          SELECT ${Prisma.raw(timeKey('max(s.last_seen_at)'))} FROM sessions s WHERE s.user_id = u.id), '')
        ELSE lower(u.name) END AS key
      FROM t, memberships m JOIN users u ON u.id = m.user_id
      WHERE m.team_id = ${teamId} AND (${userId}::text IS NULL OR m.user_id = ${userId})
        AND (${role}::role IS NULL OR m.role = ${role}::role)
        AND (${text}::text IS NULL OR strpos(lower(u.name), lower(${text})) > 0 OR strpos(u.email, lower(${text})) > 0)
        AND (${computerId}::text IS NULL OR EXISTS (
          SELECT 1 FROM computer_grants g JOIN computers c ON c.id = g.computer_id AND c.team_id = m.team_id
          WHERE g.computer_id = ${computerId} AND g.user_id = u.id))),
    ${countedSlice(slice, isDescending)}
    SELECT p.*,
      (SELECT max(s.last_seen_at) FROM sessions s WHERE s.user_id = p.id) AS "lastSeenAt",
      ${promptsOf('p.id', 't.now')} AS "wouldBeBlocked",
      ARRAY(SELECT v.verified_at FROM verified_ips v
        WHERE v.user_id = p.id AND v.revoked_at IS NULL) AS "verifiedAt",
      (SELECT coalesce(json_agg(json_build_object('enabled', ${RULE.enabled}, 'trustDays', ${RULE.trustDays},
          'modes', ${RULE.modes})), '[]')
       FROM memberships o LEFT JOIN app_rules r ON r.team_id = o.team_id AND r.is_default
       WHERE o.user_id = p.id) AS rules
    FROM t, page p
    ORDER BY ${inOrder('p', isDescending)}`;
  return members.map(({ rules, ...member }) => ({
    ...member,
    rules: rules.map(toDefaultRule),
  }));
}

const RULE = Object.fromEntries(
  Object.entries(ruleAt('r')).map(([name, sql]) => [name, Prisma.raw(sql)]),
) as Record<keyof ReturnType<typeof ruleAt>, Prisma.Sql>;

type StoredMemberRow = Omit<StoredMember, 'rules'> & { rules: DefaultRuleRow[] };
