import type { z } from 'zod';
import type { Contained } from '@/lib/contract/resources';
import type { ContainBody } from '@/lib/contract/schemas';
import { canAssignRole } from '@/lib/policy/roles';
import { act } from '@/lib/service/gate/act';
import { type Actor, notAllowed, type TeamOfActor } from '@/lib/service/gate/actor';
import type { GatePass } from '@/lib/service/gate/gate';
import { containedMail } from '@/lib/service/mail/mail';
import { mailLater } from '@/lib/service/mail/outgoing-mail';
import { findMemberNamed } from '@/lib/store/members';
import { endSessions } from '@/lib/store/sessions';
import { revokeVerifiedIps } from '@/lib/store/verified-ips';
import { lockRoles } from './members';

/**
 * Ends sessions of a member, and the trust in networks: all, or those named. What was named and is gone
 * already is no error: whoever contains somebody wants it gone.
 * @throws not_found when the user is not in the team, forbidden for an admin where the member is an owner
 */
export async function containMember(
  actor: Actor,
  pass: GatePass,
  team: TeamOfActor,
  userId: string,
  { sessions, networks, reason }: z.infer<typeof ContainBody>,
): Promise<Contained> {
  const { to, ...contained } = await act(actor, pass, async (tx, audit) => {
    const roles = await lockRoles(tx, actor, team.id, userId);
    if (!canAssignRole(roles.actor, roles.member, null)) throw notAllowed();
    let endedSessions = 0;
    for (const which of each(sessions))
      endedSessions += (await endSessions(tx, userId, which)).sessions;
    const revoked: string[] = [];
    for (const which of each(networks)) {
      revoked.push(...(await revokeVerifiedIps(tx, userId, which)).map(({ network }) => network));
    }
    await audit({
      type: 'member.contained',
      teamId: team.id,
      userId,
      reason,
      before: { networks: revoked },
      after: { endedSessions },
    });
    // Who is a member stays one until the end of this: lockRoles holds it.
    const to = (await findMemberNamed(tx, team.id, { id: userId }))?.email ?? null;
    return { to, endedSessions, revokedNetworks: revoked.length };
  });
  if (to !== null) {
    const [teamName, by, at] = [team.name, actor.user.name, actor.now];
    mailLater(containedMail({ to, teamName, by, at, reason, ...contained }));
  }
  return contained;
}

function each(which: true | string[] | undefined) {
  return which === true ? (['all'] as const) : (which ?? []).map((only) => ({ only }));
}
