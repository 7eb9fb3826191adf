import type { z } from 'zod';
import { GatehouseError } from '@/lib/contract/errors';
import { FIRST_PAGE } from '@/lib/contract/paging';
import type { CountedPage, Member, UserSummary } from '@/lib/contract/resources';
import type { MembersExportQuery, MembersQuery } from '@/lib/contract/schemas';
import { type Db, database } from '@/lib/platform/postgres/database';
import { parseEmail } from '@/lib/policy/email';
import { orderOf } from '@/lib/policy/paging';
import { canAssignRole, hasPermission, type Role } from '@/lib/policy/roles';
import { strictestRule } from '@/lib/policy/rules';
import { trustState } from '@/lib/policy/trust';
import { csvFile, type File } from '@/lib/service/csv-file';
import { act } from '@/lib/service/gate/act';
import type { Actor } from '@/lib/service/gate/actor';
import type { GatePass } from '@/lib/service/gate/gate';
import { countedPageOf } from '@/lib/service/paging';
import { deleteGrantsOfUser, findComputersKeyedBy } from '@/lib/store/computers';
import { revokeLostConnections } from '@/lib/store/connections';
import { revokeInvitesBy } from '@/lib/store/invites';
import {
  countOwners,
  countPromptsOfTeam,
  findMemberNamed,
  findMembers,
  findMembership,
  removeMember as remove,
  type StoredMember,
  setRole,
} from '@/lib/store/members';
import type { Slice } from '@/lib/store/paging';
import { isBreakGlassInUse } from '@/lib/store/sso/providers';
import { lockTeam } from '@/lib/store/teams';

/** The members of a team, or some of them. @throws invalid_request */
export function listMembers(
  actor: Actor,
  teamId: string,
  { limit, cursor, ...asked }: z.infer<typeof MembersQuery> = FIRST_PAGE,
): Promise<CountedPage<Member>> {
  return countedPageOf(listOf(actor, teamId, asked), { limit, cursor });
}

/** The same, whole, as a file. */
export function exportMembers(
  actor: Actor,
  teamId: string,
  { format: _, ...asked }: z.infer<typeof MembersExportQuery>,
): Promise<File> {
  const list = { ...listOf(actor, teamId, asked), name: 'members' };
  return csvFile(list, MEMBER_COLUMNS, actor.now);
}

const MEMBER_COLUMNS = {
  id: ({ user }: Member) => user.id,
  name: ({ user }: Member) => user.name,
  email: ({ user }: Member) => user.email,
  role: ({ role }: Member) => role,
  trusted_networks: ({ trustedNetworks }: Member) => trustedNetworks,
  would_be_asked: ({ wouldBeBlocked }: Member) => wouldBeBlocked,
  last_seen_at: ({ lastSeenAt }: Member) => lastSeenAt,
};

type AskedMembers = Omit<z.infer<typeof MembersQuery>, 'limit' | 'cursor'>;

function listOf(actor: Actor, teamId: string, asked: AskedMembers) {
  const { sort = 'name', query, q, ...which } = asked;
  const order = orderOf(sort);
  const text = query ?? q;
  return {
    name:
      sort === 'name' ? (`members ${teamId}` as const) : (`members ${teamId} by ${sort}` as const),
    find: (slice: Slice) =>
      findMembers(database().prisma, teamId, slice, { ...which, text }, order),
    present: (row: StoredMember) => presentMember(row, actor.now),
  };
}

/** How many prompts enforcing everything would have meant for a team in the last 30 days. */
export function countPrompts(teamId: string): Promise<number> {
  return countPromptsOfTeam(database().prisma, teamId);
}

/** The member of an email or an id; null: there is none in this team. */
export function findMemberBy(
  teamId: string,
  who: { email: string } | { id: string },
): Promise<UserSummary | null> {
  const named = 'id' in who ? who : { email: parseEmail(who.email) ?? '' };
  return findMemberNamed(database().prisma, teamId, named);
}

/** One of them. @throws not_found */
export async function showMember(actor: Actor, teamId: string, userId: string): Promise<Member> {
  const one = { after: null, rows: 1 };
  const [row] = await findMembers(database().prisma, teamId, one, { userId });
  if (!row) throw noMember();
  return presentMember(row, actor.now);
}

/**
 * Changes a member's role. The last owner stays one; an admin makes, changes and removes no owner.
 * @throws not_found, forbidden, last_owner, conflict
 */
export async function changeRole(
  actor: Actor,
  pass: GatePass,
  teamId: string,
  userId: string,
  { role }: { role: Role },
): Promise<Member> {
  await act(actor, pass, async (tx, audit) => {
    const roles = await lockRoles(tx, actor, teamId, userId);
    if (!canAssignRole(roles.actor, roles.member, role)) throw notYours();
    if (roles.member === role) return;
    if (roles.member === 'owner') await requireAnotherOwner(tx, teamId);
    await requireNotBreakGlass(tx, teamId, userId);
    await setRole(tx, teamId, userId, role);
    if (!canAssignRole(role, null, roles.member)) await revokeInvitesBy(tx, teamId, userId);
    const keys = hasPermission(role, 'computers.manage') ? {} : await keysOf(tx, teamId, userId);
    await audit({
      type: 'member.role_changed',
      teamId,
      userId,
      before: { role: roles.member, ...keys },
      after: { role },
    });
  });
  return showMember(actor, teamId, userId);
}

/**
 * Removes a member, or leaves the team: grants, invitations and live connections go too. The computers whose
 * key he was shown are named.
 * @throws not_found, forbidden, last_owner, conflict
 */
export async function removeMember(
  actor: Actor,
  pass: GatePass,
  teamId: string,
  userId: string,
): Promise<void> {
  await act(actor, pass, async (tx, audit) => {
    const roles = await lockRoles(tx, actor, teamId, userId);
    if (userId !== actor.user.id && !canAssignRole(roles.actor, roles.member, null))
      throw notYours();
    if (roles.member === 'owner') await requireAnotherOwner(tx, teamId);
    await requireNotBreakGlass(tx, teamId, userId);
    // Grants, then the membership, then connections: one that is being made locks them in this order.
    await deleteGrantsOfUser(tx, teamId, userId);
    await remove(tx, teamId, userId);
    await revokeLostConnections(tx, teamId);
    await revokeInvitesBy(tx, teamId, userId);
    const before = { role: roles.member, ...(await keysOf(tx, teamId, userId)) };
    await audit({ type: 'member.removed', teamId, userId, before });
  });
}

/**
 * Of which computers a member was shown the key: it works on without him, until somebody makes another.
 * Said in the activity; a key in use is not ended for it, or the computer would be away.
 */
async function keysOf(tx: Db, teamId: string, userId: string) {
  const computers = await findComputersKeyedBy(tx, teamId, userId);
  return computers.length > 0 ? { computers } : {};
}

/** Both roles as they are now, and stay until the transaction ends. */
export async function lockRoles(
  tx: Db,
  actor: Actor,
  teamId: string,
  userId: string,
): Promise<{ actor: Role; member: Role }> {
  await lockTeam(tx, teamId);
  const self = await findMembership(tx, teamId, actor.user.id);
  const member = await findMembership(tx, teamId, userId);
  if (!self || !member) {
    // A member learns nothing about who else is in the team.
    if (self?.role === 'member') throw notYours();
    throw noMember();
  }
  return { actor: self.role, member: member.role };
}

/** The way in when the provider is down must not be lost unseen. @throws conflict */
async function requireNotBreakGlass(tx: Db, teamId: string, userId: string): Promise<void> {
  if (!(await isBreakGlassInUse(tx, teamId, userId))) return;
  throw new GatehouseError(
    'conflict',
    'This is the owner who keeps the password while single sign-on is required. Name another first.',
  );
}

async function requireAnotherOwner(tx: Db, teamId: string): Promise<void> {
  if ((await countOwners(tx, teamId)) > 1) return;
  throw new GatehouseError(
    'last_owner',
    'This is the last owner of the team. Make somebody else an owner first.',
  );
}

/** Trust as it is for this user: by the strictest rule of all teams the user is in. */
function presentMember(row: StoredMember, now: Date): Member {
  const { trustDays } = strictestRule(row.rules, 'api.read');
  return {
    user: { id: row.id, name: row.name, email: row.email },
    role: row.role,
    trustedNetworks: row.verifiedAt.filter(
      (verifiedAt) => trustState({ verifiedAt, revokedAt: null }, trustDays, now) === 'trusted',
    ).length,
    lastSeenAt: row.lastSeenAt?.toISOString() ?? null,
    wouldBeBlocked: row.wouldBeBlocked,
  };
}

function noMember(): GatehouseError {
  return new GatehouseError('not_found', 'There is no such member in this team.');
}

function notYours(): GatehouseError {
  return new GatehouseError('forbidden', 'Your role in this team does not allow this.');
}
