import type { z } from 'zod';
import type { AuditEvent, Page } from '@/lib/contract/resources';
import type { EventsQuery } from '@/lib/contract/schemas';
import { database } from '@/lib/platform/postgres/database';
import { writeCursor } from '@/lib/policy/paging';
import type { Actor } from '@/lib/service/gate/actor';
import { showTo } from '@/lib/service/gate/masks';
import { pageOf } from '@/lib/service/paging';
import { findEvents, type StoredEvent } from '@/lib/store/audit';
import { findComputerNames } from '@/lib/store/computers';
import { findUserSummaries } from '@/lib/store/users';

/** A team's audit events, newest first. @throws invalid_request */
export async function listEvents(
  actor: Actor,
  teamId: string,
  { limit, cursor, type, userId, after, before }: z.infer<typeof EventsQuery>,
): Promise<Page<AuditEvent>> {
  const { prisma } = database();
  const name = `events ${teamId}` as const;
  const filter = {
    teamId,
    type,
    userId,
    after: after === undefined ? undefined : new Date(after),
    before: before === undefined ? undefined : new Date(before),
  };
  const { data: rows, nextCursor } = await pageOf(
    {
      name,
      sortKey: 'none',
      find: (slice) => findEvents(prisma, filter, slice),
      positionOf: (row) => ({ key: '', id: String(row.id) }),
      present: (row) => row,
    },
    // Cursors were the last event's id once.
    { limit, cursor: /^[0-9]+$/.test(cursor ?? '') ? ofNumber(name, cursor) : cursor },
  );
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
  const data = rows.map(
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
    }),
  );
  return { data, nextCursor };
}

const ofNumber = (name: `events ${string}`, id = '') => writeCursor(name, { key: '', id });

/** The Team Computer that an event is about. */
function computerOf({ before, after, computerId }: StoredEvent): string | null {
  const content = after ?? before;
  const named =
    typeof content === 'object' && content !== null && 'computerId' in content
      ? content.computerId
      : null;
  return typeof named === 'string' ? named : computerId;
}

const idsOf = (rows: StoredEvent[], of: (row: StoredEvent) => (string | null)[]) => [
  ...new Set(rows.flatMap(of).filter((id) => id !== null)),
];

function byId<T extends { id: string }>(rows: T[]): Map<string, T> {
  return new Map(rows.map((row) => [row.id, row]));
}
