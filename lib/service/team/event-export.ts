import { randomUUID } from 'node:crypto';
import type { z } from 'zod';
import type { AuditEvent } from '@/lib/contract/resources';
import type { EventsExportQuery } from '@/lib/contract/schemas';
import { database } from '@/lib/platform/postgres/database';
import { dayOf } from '@/lib/policy/days';
import { CSV_HEAD, csvEvent, type ExportFormat } from '@/lib/policy/event-export';
import { hasPermission } from '@/lib/policy/roles';
import {
  type Actor,
  actorOrigin,
  type CredentialedActor,
  notAllowed,
  type TeamOfActor,
} from '@/lib/service/gate/actor';
import { unauthenticated } from '@/lib/service/gate/gate';
import { later } from '@/lib/service/gate/later';
import { tooMany } from '@/lib/service/gate/limits';
import { byTime } from '@/lib/service/paging';
import {
  findEvents,
  findSettledId,
  followEvents,
  type StoredEvent,
  writeEvent,
} from '@/lib/store/audit';
import { EXPORT_LEASE_SECONDS, endExport, keepExport, takeExport } from '@/lib/store/event-exports';
import { findSocketFacts } from '@/lib/store/session-facts';
import { type AskedEvents, filterOf, presentEvents, saidIn } from './events';

/** Rows that are in memory at once. */
const BATCH = 1_000;
const KEPT_EVERY_MS = (EXPORT_LEASE_SECONDS * 1_000) / 3;

/** A file, written while it is read. Whoever gets one reads it or calls `return`. */
export type EventsFile = {
  type: string;
  name: string;
  parts: AsyncGenerator<string, void, void>;
};

type Query = z.output<typeof EventsExportQuery>;

/**
 * All events of a filter as a file, however many, a part at a time as they are read. The attack: a session is
 * ended, or an admin removed, while he reads: what is left is not his any more, so he is looked at before each
 * part. A file that was not read to its end breaks off in the middle of its transfer.
 * @throws too_many_requests while the team has another under way; what `listEvents` throws
 */
export async function exportEvents(
  actor: CredentialedActor,
  team: TeamOfActor,
  { format, order, ...asked }: Query,
): Promise<EventsFile> {
  const { prisma } = database();
  await filterOf(actor, team.id, asked);
  const id = randomUUID();
  if (!(await takeExport(prisma, team.id, id))) {
    throw tooMany(
      EXPORT_LEASE_SECONDS,
      'This team has an export under way. Begin another when it has ended.',
    );
  }
  const parts = write(actor, team.id, { format, order, ...asked }, id);
  // Begun here: what has not begun does not end by `return`, and nobody would give the turn back.
  await parts.next();
  return {
    type: FORMATS[format].type,
    name: fileName(team.name, asked, actor.now, format),
    parts,
  };
}

async function* write(
  actor: CredentialedActor,
  teamId: string,
  { format, order, ...asked }: Query,
  id: string,
): EventsFile['parts'] {
  const { prisma } = database();
  const { head, line } = FORMATS[format];
  const query = { ...asked, order };
  let rows = 0;
  let ended = false;
  const tell = () =>
    writeEvent(prisma, actorOrigin(actor), {
      type: 'events.exported',
      teamId,
      after: { format, query: saidIn(query), rows, ended },
    });
  const keeping = setInterval(() => {
    keepExport(prisma, teamId, id).catch(() => undefined);
  }, KEPT_EVERY_MS);
  keeping.unref();
  try {
    yield '';
    yield head;
    const pages = order === 'asc' ? ascending : descending;
    for await (const { reader, found } of pages(actor, teamId, asked)) {
      const events = await presentEvents(reader, teamId, found);
      rows += events.length;
      yield events.map(line).join('');
    }
    // Before the end is sent: a whole file is always on record.
    ended = true;
    await tell();
  } finally {
    clearInterval(keeping);
    if (!ended) later('writing down an export', tell);
    later('ending an export', () => endExport(prisma, teamId, id));
  }
}

type Found = { reader: Actor; found: StoredEvent[] };

async function* descending(
  actor: CredentialedActor,
  teamId: string,
  asked: AskedEvents,
): AsyncGenerator<Found> {
  for (let last: StoredEvent | undefined, isMore = true; isMore; ) {
    const reader = await stillReading(actor, teamId);
    const filter = await filterOf(reader, teamId, asked);
    const after = last ? byTime(last.at, String(last.id)) : null;
    const found = await findEvents(database().prisma, filter, { after, rows: BATCH });
    yield { reader, found };
    last = found.at(-1);
    isMore = found.length === BATCH;
  }
}

async function* ascending(
  actor: CredentialedActor,
  teamId: string,
  asked: AskedEvents,
): AsyncGenerator<Found> {
  const { prisma } = database();
  const upTo = await findSettledId(prisma);
  for (let after = 0n; after < upTo; ) {
    const reader = await stillReading(actor, teamId);
    const filter = await filterOf(reader, teamId, asked);
    const read = await followEvents(prisma, filter, { after, upTo, rows: BATCH });
    yield { reader, found: read.events };
    after = read.lookedUpTo;
  }
}

/** Who reads, as he is now. @throws unauthenticated, forbidden */
async function stillReading(actor: CredentialedActor, teamId: string): Promise<Actor> {
  const { session, client, requestId, credential } = actor;
  const facts = await findSocketFacts(
    { sessionId: session.id, tokenHash: credential.tokenHash, network: client.network },
    null,
  );
  if (!facts) throw unauthenticated();
  const team = facts.teams.find((one) => one.id === teamId);
  if (!team || !hasPermission(team.role, 'events.view')) throw notAllowed();
  return { ...facts, client, requestId };
}

const json = (value: unknown) =>
  value === null || value === undefined ? null : JSON.stringify(value);

const FORMATS: Record<
  ExportFormat,
  { type: string; head: string; line: (event: AuditEvent) => string }
> = {
  csv: {
    type: 'text/csv; charset=utf-8; header=present',
    head: CSV_HEAD,
    line: (event) =>
      csvEvent({
        id: event.id,
        at: event.at,
        type: event.type,
        actor_kind: event.actorKind,
        actor: event.actorLabel,
        user: event.userLabel,
        action: event.action,
        finding: event.finding,
        network: event.network,
        address: event.address,
        country: null,
        asn: null,
        session_id: event.sessionId,
        request_id: event.requestId,
        reason: event.reason,
        before: json(event.before),
        after: json(event.after),
      }),
  },
  ndjson: {
    type: 'application/x-ndjson',
    head: '',
    line: (event) => `${JSON.stringify(event)}\n`,
  },
};

/** `gatehouse-<team>-<from>-<to>.csv`; days of UTC. */
function fileName(
  team: string,
  { after, before }: Pick<Query, 'after' | 'before'>,
  now: Date,
  format: ExportFormat,
): string {
  const from = after === undefined ? 'begin' : dayOf(new Date(after));
  // The last instant that is in it.
  const to = dayOf(before === undefined ? now : new Date(Date.parse(before) - 1));
  return `gatehouse-${slug(team)}-${from}-${to}.${format}`;
}

/** Letters and digits that stand in any file's name. */
const slug = (name: string) =>
  name
    .normalize('NFKD')
    .replace(/[^A-Za-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')
    .toLowerCase() || 'team';
