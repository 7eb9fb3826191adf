import type { Db } from '@/lib/platform/postgres/database';
import type { Prisma } from '@/lib/platform/prisma/client';
import type { ActorKind, EventType } from '@/lib/policy/events';
import type { Slice } from './paging';

/**
 * Who did it, from where, in which request. An event without one does not compile: what can't be told
 * afterwards (a network, a request) is told now, or said to be unknown.
 */
export type EventOrigin = {
  actorKind: ActorKind;
  actorId: string | null;
  /** What a provider is called; the names of users and computers the database writes. */
  actorLabel: string | null;
  sessionId: string | null;
  computerId: string | null;
  network: string | null;
  address: string | null;
  /** Why the address is unknown; null where it isn't, or where there is none. */
  unknownReason: string | null;
  requestId: string | null;
};

export type NewEvent = {
  type: EventType;
  teamId?: string | null;
  /** Whom it is about, where that is somebody else than the actor. */
  userId?: string | null;
  action?: string | null;
  finding?: string | null;
  reason?: string | null;
  before?: Prisma.InputJsonValue;
  after?: Prisma.InputJsonValue;
};

/**
 * Writes an audit row in the transaction of the act it tells of: the two stand or fall together. To
 * which teams it belongs, and who its people were then, the database writes with it.
 */
export function writeEvent(tx: Db, origin: EventOrigin, event: NewEvent): Promise<void> {
  return writeEvents(tx, origin, [event]);
}

/** The same of what an act does to several. */
export async function writeEvents(
  tx: Db,
  { unknownReason, ...origin }: EventOrigin,
  events: readonly NewEvent[],
): Promise<void> {
  await tx.auditEvent.createMany({
    data: events.map((event) => ({ ...origin, ...event, reason: event.reason ?? unknownReason })),
  });
}

export type EventFilter = {
  teamId: string;
  type?: string | undefined;
  userId?: string | undefined;
  after?: Date | undefined;
  before?: Date | undefined;
};

export type StoredEvent = Prisma.AuditEventGetPayload<object>;

/** Parameters: team, type, after, before, the last event of the page before, rows, and a user, if one is asked for. */
const MATCHES = `
  ($2::text IS NULL OR e.type = $2) AND ($3::timestamptz IS NULL OR e.at >= $3)
  AND ($4::timestamptz IS NULL OR e.at < $4) AND ($5::bigint IS NULL OR e.id < $5)`;

/** A team's own events, and those that its members of that time had in no one team. */
const partsOf = (who: string) => [
  `SELECT e.id FROM audit_events e WHERE e.team_id = $1 AND ${who} AND ${MATCHES} ORDER BY e.id DESC LIMIT $6`,
  `SELECT e.id FROM event_teams t JOIN audit_events e ON e.id = t.event_id
   WHERE t.team_id = $1 AND ($5::bigint IS NULL OR t.event_id < $5) AND ${who} AND ${MATCHES}
   ORDER BY t.event_id DESC LIMIT $6`,
];

const idsFrom = (parts: string[]) =>
  `SELECT id FROM (${parts.map((part) => `(${part})`).join(' UNION ')}) found ORDER BY id DESC LIMIT $6`;

/** By parts that an index each has in order: of the events of one user, no others are walked through. */
const IDS = idsFrom(partsOf('true'));
const IDS_OF_USER = idsFrom([...partsOf('e.user_id = $7'), ...partsOf('e.actor_id = $7')]);

/**
 * A team's events, newest first: its own, and those that its members of that time had in no one team
 * (log-ins, refusals, verified networks).
 */
export async function findEvents(
  db: Db,
  { teamId, type, userId, after, before }: EventFilter,
  slice: Slice,
): Promise<StoredEvent[]> {
  const ids = await db.$queryRawUnsafe<{ id: bigint }[]>(
    userId === undefined ? IDS : IDS_OF_USER,
    teamId,
    type ?? null,
    after ?? null,
    before ?? null,
    slice.after ? BigInt(slice.after.id) : null,
    slice.rows,
    ...(userId === undefined ? [] : [userId]),
  );
  return db.auditEvent.findMany({
    where: { id: { in: ids.map(({ id }) => id) } },
    orderBy: { id: 'desc' },
  });
}
