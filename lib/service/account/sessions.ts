import { GatehouseError } from '@/lib/contract/errors';
import { FIRST_PAGE, type Paging } from '@/lib/contract/paging';
import type { Page, SessionSummary } from '@/lib/contract/resources';
import { database } from '@/lib/platform/postgres/database';
import { act } from '@/lib/service/gate/act';
import type { Actor } from '@/lib/service/gate/actor';
import type { GatePass } from '@/lib/service/gate/gate';
import { showTo } from '@/lib/service/gate/masks';
import { byTime, pageOf } from '@/lib/service/paging';
import { endSessions, findSessions } from '@/lib/store/sessions';
import { requireMember } from './member';

/** The live sessions of a user, the latest begun first. */
function list(actor: Actor, userId: string, paging: Paging): Promise<Page<SessionSummary>> {
  const show = showTo(actor);
  return pageOf(
    {
      name: `sessions ${userId}`,
      sortKey: 'time',
      find: (slice) => findSessions(database().prisma, userId, slice),
      positionOf: (row) => byTime(row.createdAt, row.id),
      present: (row) => ({
        id: row.id,
        client: row.client,
        createdAt: row.createdAt.toISOString(),
        lastSeenAt: row.lastSeenAt.toISOString(),
        ...show({ lastSeenAddress: row.lastSeenAddress }),
        authenticatedAt: row.authenticatedAt.toISOString(),
        expiresAt: row.expiresAt.toISOString(),
        current: row.id === actor.session.id,
      }),
    },
    paging,
  );
}

/** The actor's own. @throws invalid_request */
export function listSessions(
  actor: Actor,
  paging: Paging = FIRST_PAGE,
): Promise<Page<SessionSummary>> {
  return list(actor, actor.user.id, paging);
}

/** Those of a member, for owners and admins. @throws not_found when the user is not in the team, invalid_request */
export async function listMemberSessions(
  actor: Actor,
  teamId: string,
  userId: string,
  paging: Paging = FIRST_PAGE,
): Promise<Page<SessionSummary>> {
  await requireMember(database().prisma, teamId, userId);
  return list(actor, userId, paging);
}

/**
 * Ends one of the actor's own sessions; `current` is the one that asks. Its token is dead everywhere.
 * @returns whether it was the session that asked
 * @throws not_found
 */
export async function endSession(actor: Actor, pass: GatePass, id: string): Promise<boolean> {
  const sessionId = id === 'current' ? actor.session.id : id;
  await act(actor, pass, async (tx, audit) => {
    const ended = await endSessions(tx, actor.user.id, { only: sessionId });
    if (ended.sessions === 0)
      throw new GatehouseError('not_found', 'There is no such session, or it has ended.');
    await audit({ type: 'session.ended', after: { sessionId } });
  });
  return sessionId === actor.session.id;
}

/** Signs out everywhere, the session that asks included. */
export async function endAllSessions(actor: Actor, pass: GatePass): Promise<void> {
  await act(actor, pass, async (tx, audit) => {
    const ended = await endSessions(tx, actor.user.id, 'all');
    await audit({ type: 'sessions.ended', after: { ended: ended.sessions } });
  });
}
