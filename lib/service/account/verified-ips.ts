import { GatehouseError } from '@/lib/contract/errors';
import { FIRST_PAGE, type Paging } from '@/lib/contract/paging';
import type { Page, VerifiedIp } from '@/lib/contract/resources';
import { database } from '@/lib/platform/postgres/database';
import { strictestRule } from '@/lib/policy/rules';
import { act } from '@/lib/service/gate/act';
import type { Actor } from '@/lib/service/gate/actor';
import type { GatePass } from '@/lib/service/gate/gate';
import { showTo } from '@/lib/service/gate/masks';
import { byTime, pageOf } from '@/lib/service/paging';
import { findRulesOfUser } from '@/lib/store/app-rules';
import { findVerifiedIps, revokeVerifiedIps } from '@/lib/store/verified-ips';
import { requireMember } from './member';
import { presentVerifiedIp } from './present';

/**
 * Verified IPs belong to a user, not to a team: the user, and the owners and admins of each of the
 * user's teams, see all of them.
 */

/** The networks that a user has verified, the latest verified first. */
async function list(actor: Actor, userId: string, paging: Paging): Promise<Page<VerifiedIp>> {
  const { prisma } = database();
  const isOwn = userId === actor.user.id;
  const rules = isOwn ? actor.teams.map(({ rule }) => rule) : await findRulesOfUser(prisma, userId);
  const { trustDays } = strictestRule(rules, 'api.read');
  const network = isOwn ? actor.client.network : null;
  const show = showTo(actor);
  return pageOf(
    {
      name: `verified-ips ${userId}`,
      sortKey: 'time',
      find: (slice) => findVerifiedIps(prisma, userId, slice),
      positionOf: (row) => byTime(row.verifiedAt, row.id),
      present: (row) => show(presentVerifiedIp(row, { trustDays, now: actor.now, network })),
    },
    paging,
  );
}

/** @throws invalid_request */
export function listOwnVerifiedIps(
  actor: Actor,
  paging: Paging = FIRST_PAGE,
): Promise<Page<VerifiedIp>> {
  return list(actor, actor.user.id, paging);
}

/** @throws not_found when the user is not in the team, invalid_request */
export async function listMemberVerifiedIps(
  actor: Actor,
  teamId: string,
  userId: string,
  paging: Paging = FIRST_PAGE,
): Promise<Page<VerifiedIp>> {
  await requireMember(database().prisma, teamId, userId);
  return list(actor, userId, paging);
}

/**
 * Revokes one network of the actor, or all (`id` null). From the next request on it is unverified
 * everywhere, and connections that were opened from it end.
 * @throws not_found
 */
export function revokeOwnVerifiedIps(
  actor: Actor,
  pass: GatePass,
  id: string | null,
): Promise<void> {
  return revoke(actor, pass, actor.user.id, id, null);
}

/** The same by an owner or admin, for a member. @throws not_found */
export async function revokeMemberVerifiedIps(
  actor: Actor,
  pass: GatePass,
  teamId: string,
  userId: string,
  id: string | null,
): Promise<void> {
  await revoke(actor, pass, userId, id, teamId);
}

async function revoke(
  actor: Actor,
  pass: GatePass,
  userId: string,
  id: string | null,
  teamId: string | null,
): Promise<void> {
  await act(actor, pass, async (tx, audit) => {
    if (teamId !== null) await requireMember(tx, teamId, userId);
    const revoked = await revokeVerifiedIps(tx, userId, id === null ? 'all' : { only: id });
    if (id !== null && revoked.length === 0) {
      throw new GatehouseError(
        'not_found',
        'There is no such verified network, or it was revoked already.',
      );
    }
    await audit({
      type: id === null ? 'networks.revoked' : 'network.revoked',
      teamId,
      userId,
      before: { networks: revoked.map((row) => row.network) },
    });
  });
}
