import type { z } from 'zod';
import { GatehouseError } from '@/lib/contract/errors';
import { FIRST_PAGE } from '@/lib/contract/paging';
import type { CountedPage, SessionSummary } from '@/lib/contract/resources';
import type { SessionsQuery } from '@/lib/contract/schemas';
import { database } from '@/lib/platform/postgres/database';
import { orderOf } from '@/lib/policy/paging';
import { act } from '@/lib/service/gate/act';
import type { Actor } from '@/lib/service/gate/actor';
import type { GatePass } from '@/lib/service/gate/gate';
import { hidesNetworks, showTo } from '@/lib/service/gate/masks';
import { countedPageOf } from '@/lib/service/paging';
import { endSessions, findSessions } from '@/lib/store/sessions';
import { requireMember } from './member';

type Asked = z.infer<typeof SessionsQuery>;

/** The live sessions of a user, the latest begun first. Who is shown no network finds none by it. */
function list(
  actor: Actor,
  userId: string,
  { sort = '-createdAt', query: text, ...paging }: Asked,
): Promise<CountedPage<SessionSummary>> {
  const show = showTo(actor);
  const which = { text, inAddress: !hidesNetworks(actor) };
  return countedPageOf(
    {
      name: sort === '-createdAt' ? `sessions ${userId}` : `sessions ${userId} by ${sort}`,
      find: (slice) => findSessions(database().prisma, userId, slice, which, orderOf(sort)),
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
  asked: Asked = FIRST_PAGE,
): Promise<CountedPage<SessionSummary>> {
  return list(actor, actor.user.id, asked);
}

/** Those of a member, for owners and admins. @throws not_found when the user is not in the team, invalid_request */
export async function listMemberSessions(
  actor: Actor,
  teamId: string,
  userId: string,
  asked: Asked = FIRST_PAGE,
): Promise<CountedPage<SessionSummary>> {
  await requireMember(database().prisma, teamId, userId);
  return list(actor, userId, asked);
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
