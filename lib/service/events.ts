import type { z } from 'zod';
import type { AuditEvent, Page } from '@/lib/contract/resources';
import type { EventsQuery } from '@/lib/contract/schemas';
import { database } from '@/lib/platform/database';
import { findEvents } from '@/lib/store/audit';
import { findUserSummaries } from '@/lib/store/users';
import type { Actor } from './actor';
import { showTo } from './masks';

/** A team's audit events, newest first. `cursor` is the id of the last one of the page before. */
export async function listEvents(
  actor: Actor,
  teamId: string,
  query: z.infer<typeof EventsQuery>,
): Promise<Page<AuditEvent>> {
  const { prisma } = database();
  const rows = await findEvents(prisma, {
    teamId,
    type: query.type,
    userId: query.userId,
    after: query.after === undefined ? undefined : new Date(query.after),
    before: query.before === undefined ? undefined : new Date(query.before),
    cursor: query.cursor === undefined ? undefined : BigInt(query.cursor),
    limit: query.limit,
  });
  const page = rows.slice(0, query.limit);
  const ids = new Set(page.flatMap((row) => [row.actorId ?? [], row.userId ?? []].flat()));
  const users = new Map((await findUserSummaries(prisma, [...ids])).map((user) => [user.id, user]));
  const show = showTo(actor);
  const data = page.map(
    (row): AuditEvent => ({
      id: String(row.id),
      schema: 1,
      at: row.at.toISOString(),
      type: row.type,
      actorKind: row.actorKind as AuditEvent['actorKind'],
      actor: users.get(row.actorId ?? '') ?? null,
      actorLabel: row.actorLabel,
      user: users.get(row.userId ?? '') ?? null,
      userLabel: row.userLabel,
      sessionId: row.sessionId,
      computerId: row.computerId,
      action: row.action as AuditEvent['action'],
      finding: row.finding as AuditEvent['finding'],
      ...show({
        network: row.network,
        address: row.address,
        reason: row.reason,
        before: row.before as unknown,
        after: row.after as unknown,
      }),
      requestId: row.requestId,
    }),
  );
  return { data, nextCursor: rows.length > query.limit ? (data.at(-1)?.id ?? null) : null };
}
