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
export async function writeEvent(
  tx: Db,
  { unknownReason, ...origin }: EventOrigin,
  event: NewEvent,
): Promise<void> {
  const reason = event.reason ?? unknownReason;
  await tx.auditEvent.create({ data: { ...origin, ...event, reason }, select: { id: true } });
}

/** Which events: all that is given must be so. */
export type EventFilter = {
  teamId: string;
  types?: readonly string[] | undefined;
  /** By whom it was done, or whom it is about. */
  userId?: string | undefined;
  actorId?: string | undefined;
  sessionId?: string | undefined;
  /** The Team Computer that it is about, or that did it. */
  computerId?: string | undefined;
  action?: string | undefined;
  finding?: string | undefined;
  /** An address or a CIDR: events from inside it. */
  network?: string | undefined;
  requestId?: string | undefined;
  /** From then on. */
  after?: Date | undefined;
  /** Until just before then. */
  before?: Date | undefined;
};

export type StoredEvent = Prisma.AuditEventGetPayload<object>;

/** `desc`: latest first, by time and then by id. `asc`: by id, as they were written. */
export type EventOrder = 'asc' | 'desc';

/** What the index by computer is made of. */
const COMPUTER = `coalesce(coalesce(e.after, e.before) ->> 'computerId', e.computer_id)`;

/** Writes a parameter. @returns what stands for it */
type Parameter = (value: unknown) => string;

/** By what few events are so, as a rule. */
function narrowing(filter: EventFilter, p: Parameter): string[] {
  const { sessionId, action, finding, network, requestId } = filter;
  return [
    sessionId !== undefined && `e.session_id = ${p(sessionId)}`,
    action !== undefined && `e.action = ${p(action)}`,
    finding !== undefined && `e.finding = ${p(finding)}`,
    network !== undefined && `e.address IS NOT NULL AND ${isInside(p(network))}`,
    requestId !== undefined && `e.request_id = ${p(requestId)}`,
  ].filter((text) => typeof text === 'string');
}

const isInside = (network: string) =>
  `gatehouse_inet(e.address) BETWEEN host(network(${network}::inet))::inet AND host(broadcast(${network}::inet))::inet`;

/** As many are looked at one by one. */
const FEW = 20_000;

/** Where the events are that are asked for. */
type Bounds = { from?: Date | undefined; until?: Date | undefined; afterId?: bigint };

/**
 * Those of all teams that are so, if they are few: then they are looked at one by one. The fault: PostgreSQL takes
 * it that what is rare is spread evenly, walks through a team's latest to find it, and ends at the first of all.
 * @returns null: they are not few, or nothing narrows them down
 */
async function findNarrowed(
  db: Db,
  filter: EventFilter,
  { from, until, afterId }: Bounds,
): Promise<bigint[] | null> {
  const values: unknown[] = [];
  const p: Parameter = (value) => `$${values.push(value)}`;
  const which = narrowing(filter, p);
  if (which.length === 0) return null;
  if (from) which.push(`e.at >= ${p(from)}`);
  if (until) which.push(`e.at <= ${p(until)}`);
  if (afterId !== undefined) which.push(`e.id > ${p(afterId)}`);
  const found = await db.$queryRawUnsafe<{ id: bigint }[]>(
    // Of a wide network, no more than so many are read: in the order of its index.
    `SELECT e.id FROM audit_events e WHERE ${which.join(' AND ')}
     ${filter.network === undefined ? '' : 'ORDER BY gatehouse_inet(e.address)'} LIMIT ${FEW + 1}`,
    ...values,
  );
  return found.length > FEW ? null : found.map(({ id }) => id);
}

/** Of two, the one that is before the other. */
const earlier = (one: Date | undefined, other: Date | undefined) =>
  one && other ? (one < other ? one : other) : (one ?? other);

/** Which part of the events of a filter, in which order. */
type Part = {
  after: Slice['after'];
  rows: number;
  order: EventOrder;
  /** Up to this id; null: to the end. */
  upTo: bigint | null;
  narrowed: bigint[] | null;
};

/**
 * A team's own events, and those that its members of that time had in no one team, each part by indexes of its
 * own. In all of them the time stands before the id, so that a span is found without what lies before or after;
 * of several types each is read for itself, for the same reason.
 */
function idsQuery(
  { teamId, types, userId, actorId, computerId, after, before, ...filter }: EventFilter,
  { after: last, rows, order, upTo, narrowed }: Part,
): { text: string; values: unknown[] } {
  const values: unknown[] = [];
  const p: Parameter = (value) => `$${values.push(value)}`;
  const team = p(teamId);
  const kinds = types && `${p(types)}::text[]`;
  const which = narrowed
    ? [`e.id = ANY(${p(narrowed)}::bigint[])`]
    : // Many are so: they are walked through in order, and by no index of theirs.
      narrowing({ teamId, ...filter }, p).map((text) => `(${text}) IS TRUE`);
  if (actorId !== undefined) which.push(`e.actor_id = ${p(actorId)}`);
  if (computerId !== undefined) which.push(`${COMPUTER} = ${p(computerId)}`);
  const [from, until] = [after && p(after), before && p(before)];
  const at = last && order === 'desc' ? `${p(new Date(last.key))}::timestamptz` : null;
  const id = last && `${p(BigInt(last.id))}::bigint`;
  const end = upTo !== null && `${p(upTo)}::bigint`;
  const limit = p(rows);
  const user = userId === undefined ? null : p(userId);
  const by = (time: string, key: string) =>
    order === 'asc' ? `${key} ASC` : `${time} DESC, ${key} DESC`;
  // The events of one computer, as those of one user, are in order of time.
  const isOfOne = user !== null || computerId !== undefined;
  const isEachKind = kinds && order === 'desc' && !narrowed && !isOfOne;
  const part = (table: string, ofTeam: string, time: string, key: string, who: string | null) => {
    const type = ofTeam.replace('team_id', 'type');
    const text = `SELECT e.at, e.id FROM ${table} WHERE ${[
      `${ofTeam} = ${team}`,
      who,
      kinds && (isEachKind ? `${type} = kind` : `${type} = ANY(${kinds})`),
      ...which,
      from && `${time} >= ${from}`,
      until && `${time} < ${until}`,
      at ? `(${time}, ${key}) < (${at}, ${id})` : id && `${key} > ${id}`,
      end && `${key} <= ${end}`,
    ]
      .filter(Boolean)
      .join(' AND ')} ORDER BY ${by(time, key)} LIMIT ${limit}`;
    return isEachKind
      ? `SELECT part.at, part.id FROM unnest(${kinds}) kind CROSS JOIN LATERAL (${text}) part`
      : text;
  };
  const [placedAt, placedId]: [string, string] = isOfOne
    ? ['e.at', 'e.id']
    : ['t.at', 't.event_id'];
  const people = user === null ? [null] : [`e.user_id = ${user}`, `e.actor_id = ${user}`];
  const parts = people.flatMap((who) => [
    part('audit_events e', 'e.team_id', 'e.at', 'e.id', who),
    part(PLACED, 't.team_id', placedAt, placedId, who),
  ]);
  const all = parts.map((text) => `(${text})`).join('\nUNION\n');
  return {
    text: `SELECT id FROM (${all}) found ORDER BY ${by('at', 'id')} LIMIT ${limit}`,
    values,
  };
}

const PLACED = 'event_teams t JOIN audit_events e ON e.id = t.event_id';

async function find(db: Db, filter: EventFilter, part: Part): Promise<StoredEvent[]> {
  const { text, values } = idsQuery(filter, part);
  const ids = await db.$queryRawUnsafe<{ id: bigint }[]>(text, ...values);
  return db.auditEvent.findMany({
    where: { id: { in: ids.map(({ id }) => id) } },
    orderBy: part.order === 'asc' ? { id: 'asc' } : [{ at: 'desc' }, { id: 'desc' }],
  });
}

/**
 * A team's events, the latest first: its own, and those that its members of that time had in no one team
 * (log-ins, refusals, verified networks).
 */
export async function findEvents(
  db: Db,
  filter: EventFilter,
  slice: Slice,
): Promise<StoredEvent[]> {
  const cursor = slice.after ? new Date(slice.after.key) : undefined;
  const until = earlier(filter.before, cursor);
  const narrowed = await findNarrowed(db, filter, { from: filter.after, until });
  return find(db, filter, { ...slice, order: 'desc', upTo: null, narrowed });
}

/** Ids that one statement walks through: in a second it must have ended. */
const STRIDE = 100_000n;
/** Strides of one call; the next goes on from there. */
const STRIDES = 10;

/**
 * The same in the order in which they were written, from after an id up to one that `findSettledId` gave.
 * @returns the events, and up to where was looked, which may be before the end though there are fewer than asked
 */
export async function followEvents(
  db: Db,
  filter: EventFilter,
  { after, upTo, rows }: { after: bigint; upTo: bigint; rows: number },
): Promise<{ events: StoredEvent[]; lookedUpTo: bigint }> {
  const bounds = { from: filter.after, until: filter.before, afterId: after };
  const narrowed = await findNarrowed(db, filter, bounds);
  let at = after;
  const events: StoredEvent[] = [];
  for (let stride = 0; stride < STRIDES && at < upTo && events.length < rows; stride += 1) {
    const end = narrowed || upTo - at <= STRIDE ? upTo : at + STRIDE;
    const position = { key: '', id: String(at) };
    const left = rows - events.length;
    const part = { after: position, rows: left, order: 'asc' as const, upTo: end, narrowed };
    const found = await find(db, filter, part);
    events.push(...found);
    at = found.length === left ? (found.at(-1)?.id ?? end) : end;
  }
  return { events, lookedUpTo: at };
}

/**
 * The id up to which no event can appear any more that is not there: transactions end in another order than
 * they take their ids. What is read after this, up to there, is whole.
 */
export async function findSettledId(db: Db): Promise<bigint> {
  const [row] = await db.$queryRaw<{ id: bigint }[]>`
    SELECT coalesce(gatehouse_settled_event_id(), 0) AS id`;
  if (!row) throw new Error('the last settled event returned no row');
  return row.id;
}

/** When an event happened, or the last one before it that is still kept; null: none is. */
export async function findEventTime(db: Db, id: bigint): Promise<Date | null> {
  const event = await db.auditEvent.findFirst({
    where: { id: { lte: id } },
    orderBy: { id: 'desc' },
    select: { at: true },
  });
  return event?.at ?? null;
}
