import type { z } from 'zod';
import type { AuditEvent, Page } from '@/lib/contract/resources';
import type { EventsQuery } from '@/lib/contract/schemas';
import { database } from '@/lib/platform/postgres/database';
import { computerOf, eventTypesOf } from '@/lib/policy/events';
import { isWithin } from '@/lib/policy/networks';
import { parseCursor, writeCursor } from '@/lib/policy/paging';
import type { Actor } from '@/lib/service/gate/actor';
import { passGate } from '@/lib/service/gate/gate';
import { hidesNetworks, showTo } from '@/lib/service/gate/masks';
import { byTime, foreignCursor, pageOf } from '@/lib/service/paging';
import {
  type EventFilter,
  findEvents,
  findEventTime,
  findSettledId,
  followEvents,
  type StoredEvent,
} from '@/lib/store/audit';
import { findComputerNames } from '@/lib/store/computers';
import { findUserSummaries } from '@/lib/store/users';

/** Which events are asked for, as a call has it. */
export type AskedEvents = Omit<z.output<typeof EventsQuery>, 'limit' | 'cursor' | 'order'>;

type Asked = AskedEvents &
  Pick<z.output<typeof EventsQuery>, 'limit'> &
  Partial<Pick<z.output<typeof EventsQuery>, 'cursor' | 'order'>>;

/**
 * A team's audit events: the latest first, or, for who follows them, in the order in which they were written;
 * nothing of that is ever passed by.
 * @throws invalid_request; where networks are hidden, what the gate answers to whoever looks for one
 */
export async function listEvents(
  actor: Actor,
  teamId: string,
  { limit, cursor, order = 'desc', ...asked }: Asked,
): Promise<Page<AuditEvent>> {
  const filter = await filterOf(actor, teamId, asked);
  const page = await (order === 'asc' ? follow : latest)(filter, limit, cursor);
  return { ...page, data: await presentEvents(actor, teamId, page.data) };
}

/** What is asked for, without what is not. */
export const saidIn = (query: object) =>
  Object.fromEntries(Object.entries(query).filter(([, value]) => value !== undefined));

/** From where on somebody follows who has just read a team's latest events. */
export async function followFrom(teamId: string): Promise<string> {
  return writeCursor(followed(teamId), at(await findSettledId(database().prisma)));
}

/** Cursors were the last event's id once, of the list that is in order of time now. */
async function latest(
  filter: EventFilter,
  limit: number,
  cursor: string | undefined,
): Promise<Page<StoredEvent>> {
  const { prisma } = database();
  const name = `events ${filter.teamId}` as const;
  const id = cursor && (idIn(cursor) ?? parseCursor(name, 'none', cursor)?.id);
  const from = id ? writeCursor(name, byTime(await timeOf(id), id)) : cursor;
  return pageOf(
    {
      name,
      sortKey: 'time',
      find: (slice) => findEvents(prisma, filter, slice),
      positionOf: (row) => byTime(row.at, String(row.id)),
      present: (row) => row,
    },
    { limit, cursor: from },
  );
}

/** A program that follows asks again with what it was answered last, also where that held nothing. */
async function follow(
  filter: EventFilter,
  limit: number,
  cursor: string | undefined,
): Promise<Page<StoredEvent>> {
  const { prisma } = database();
  const name = followed(filter.teamId);
  const id =
    cursor === undefined ? '0' : (idIn(cursor) ?? parseCursor(name, 'none', cursor)?.id ?? null);
  if (id === null) throw foreignCursor();
  const after = BigInt(id);
  const upTo = await findSettledId(prisma);
  const { events, lookedUpTo } = await followEvents(prisma, filter, { after, upTo, rows: limit });
  return { data: events, nextCursor: writeCursor(name, at(lookedUpTo)) };
}

const followed = (teamId: string) => `events-followed ${teamId}` as const;
const at = (id: bigint) => ({ key: '', id: String(id) });
const idIn = (cursor: string) => (/^[0-9]{1,18}$/.test(cursor) ? cursor : null);
const timeOf = async (id: string) =>
  (await findEventTime(database().prisma, BigInt(id))) ?? new Date(0);

/**
 * What is asked for, for the store. The attack: a thief to whom networks are hidden asks which events are from
 * inside a network, and halves it until he has the address.
 * @throws what the gate answers
 */
export async function filterOf(
  actor: Actor,
  teamId: string,
  { type, after, before, ...asked }: AskedEvents,
): Promise<EventFilter> {
  if (!maySearch(actor, asked.network)) await passGate(actor, 'account.manage');
  return {
    ...asked,
    teamId,
    types: type && eventTypesOf(type),
    after: after === undefined ? undefined : new Date(after),
    before: before === undefined ? undefined : new Date(before),
  };
}

/** Whether events may be looked for by this network: wherever networks are shown, and by one's own. */
export function maySearch(actor: Actor, network: string | undefined): boolean {
  if (network === undefined || !hidesNetworks(actor)) return true;
  return actor.client.network !== null && isWithin(network, actor.client.network);
}

/** Events as this actor is shown them, with the names of today beside those of then. */
export async function presentEvents(
  actor: Actor,
  teamId: string,
  rows: readonly StoredEvent[],
): Promise<AuditEvent[]> {
  const { prisma } = database();
  const [users, computers] = await Promise.all([
    findUserSummaries(
      prisma,
      idsOf(rows, ({ actorId, userId }) => [actorId, userId]),
    ).then(byId),
    findComputerNames(
      prisma,
      teamId,
      idsOf(rows, (row) => [computerOf(row)]),
    ).then(byId),
  ]);
  const show = showTo(actor);
  return rows.map((row) => ({
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
    computerName: computers.get(computerOf(row) ?? '')?.name ?? null,
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
  }));
}

const idsOf = (rows: readonly StoredEvent[], of: (row: StoredEvent) => (string | null)[]) => [
  ...new Set(rows.flatMap(of).filter((id) => id !== null)),
];

function byId<T extends { id: string }>(rows: T[]): Map<string, T> {
  return new Map(rows.map((row) => [row.id, row]));
}
