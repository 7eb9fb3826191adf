import { GatehouseError } from '@/lib/contract/errors';
import type { Page, SessionSummary } from '@/lib/contract/resources';
import { database } from '@/lib/platform/database';
import { endSessions, findSessions } from '@/lib/store/sessions';
import { act } from './act';
import type { Actor } from './actor';
import type { GatePass } from './gate';
import { showTo } from './masks';

/** The actor's own live sessions, the latest used first. */
export async function listSessions(actor: Actor): Promise<Page<SessionSummary>> {
  const rows = await findSessions(database().prisma, actor.user.id);
  const show = showTo(actor);
  const data = rows.map((row) => ({
    id: row.id,
    client: row.client,
    createdAt: row.createdAt.toISOString(),
    lastSeenAt: row.lastSeenAt.toISOString(),
    ...show({ lastSeenAddress: row.lastSeenAddress }),
    authenticatedAt: row.authenticatedAt.toISOString(),
    expiresAt: row.expiresAt.toISOString(),
    current: row.id === actor.session.id,
  }));
  return { data, nextCursor: null };
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
    if (ended === 0)
      throw new GatehouseError('not_found', 'There is no such session, or it has ended.');
    await audit({ type: 'session.ended', after: { sessionId } });
  });
  return sessionId === actor.session.id;
}

/** Signs out everywhere, the session that asks included. */
export async function endAllSessions(actor: Actor, pass: GatePass): Promise<void> {
  await act(actor, pass, async (tx, audit) => {
    const ended = await endSessions(tx, actor.user.id, 'all');
    await audit({ type: 'sessions.ended', after: { ended } });
  });
}
