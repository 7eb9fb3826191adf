import type { Db } from '@/lib/platform/database';
import type { Prisma } from '@/lib/platform/prisma/client';
import type { EventType } from '@/lib/policy/events';

export type NewEvent = {
  type: EventType;
  teamId?: string | null;
  actorId?: string | null;
  userId?: string | null;
  sessionId?: string | null;
  action?: string | null;
  network?: string | null;
  address?: string | null;
  finding?: string | null;
  reason?: string | null;
  before?: Prisma.InputJsonValue;
  after?: Prisma.InputJsonValue;
  requestId?: string | null;
};

/** Writes an audit row in the transaction of the act it tells of: the two stand or fall together. */
export async function writeEvent(tx: Db, event: NewEvent): Promise<void> {
  await tx.auditEvent.create({ data: event, select: { id: true } });
}

export type EventFilter = {
  teamId: string;
  type?: string | undefined;
  userId?: string | undefined;
  after?: Date | undefined;
  before?: Date | undefined;
  /** The id of the last event of the page before. */
  cursor?: bigint | undefined;
  limit: number;
};

export type StoredEvent = Prisma.AuditEventGetPayload<object>;

/**
 * A team's events, newest first: its own, and those of its members that belong to no team (log-ins,
 * refusals, verified networks). One more than the limit tells that there is a next page.
 */
export async function findEvents(db: Db, filter: EventFilter): Promise<StoredEvent[]> {
  const members = await db.membership.findMany({
    where: { teamId: filter.teamId },
    select: { userId: true },
  });
  const memberIds = members.map((member) => member.userId);
  const and: Prisma.AuditEventWhereInput[] = [
    {
      OR: [
        { teamId: filter.teamId },
        {
          teamId: null,
          OR: [{ userId: { in: memberIds } }, { userId: null, actorId: { in: memberIds } }],
        },
      ],
    },
  ];
  if (filter.type) and.push({ type: filter.type });
  if (filter.userId) and.push({ OR: [{ userId: filter.userId }, { actorId: filter.userId }] });
  if (filter.after) and.push({ at: { gte: filter.after } });
  if (filter.before) and.push({ at: { lt: filter.before } });
  if (filter.cursor) and.push({ id: { lt: filter.cursor } });
  return db.auditEvent.findMany({
    where: { AND: and },
    orderBy: { id: 'desc' },
    take: filter.limit + 1,
  });
}
