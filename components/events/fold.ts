import type { AuditEvent } from '@/lib/contract/resources';
import { computerOf } from '@/lib/policy/events';

/**
 * One row of a list: an event; one with what came along with it, such as a sign-in with the network that it
 * verified; or several of one kind, one after the other.
 */
export type FoldedRow =
  | { kind: 'one'; event: AuditEvent }
  | { kind: 'along'; event: AuditEvent; events: AuditEvent[] }
  | { kind: 'run'; event: AuditEvent; events: AuditEvent[]; count: number };

/** What one act of signing in brings about within it, the most telling first. */
const SIGN_IN = [
  'team.created',
  'member.joined',
  'sso.linked',
  'session.started',
  'network.verified',
  'session.ended',
];
const SIGN_IN_MS = 15_000;

/** Fewer of one kind are as short as what stands for them. */
const RUN_LEAST = 3;

/** Folds events that follow each other, whichever is first; all of them stay in the rows. */
export function foldEvents(events: readonly AuditEvent[]): FoldedRow[] {
  const rows: FoldedRow[] = [];
  for (let at = 0; at < events.length; ) {
    const [event] = events.slice(at);
    if (!event) break;
    const along = withinOneSignIn(events, at);
    const run = along.length > 1 ? [] : ofOneKind(events, at);
    const count = run.filter(({ type }) => type === countedBy(run)).length;
    if (along.length > 1) {
      const first = SIGN_IN.flatMap((type) => along.filter((one) => one.type === type)).at(0);
      rows.push({ kind: 'along', event: first ?? event, events: along });
    } else if (isConnection(event) ? run.length > 1 : run.length >= RUN_LEAST) {
      rows.push({ kind: 'run', event, events: run, count });
    } else {
      rows.push({ kind: 'one', event });
    }
    at += rowLength(rows.at(-1));
  }
  return rows;
}

const rowLength = (row: FoldedRow | undefined) =>
  row === undefined || row.kind === 'one' ? 1 : row.events.length;

/** From an event on, those of one sign-in: of one person, from one address, at one time. */
function withinOneSignIn(events: readonly AuditEvent[], from: number): AuditEvent[] {
  const [first] = events.slice(from);
  if (!first || !SIGN_IN.includes(first.type) || first.actor === null) return [];
  const found: AuditEvent[] = [];
  for (const event of events.slice(from)) {
    const isAlong =
      SIGN_IN.includes(event.type) &&
      event.actor?.id === first.actor.id &&
      event.address === first.address &&
      Math.abs(Date.parse(event.at) - Date.parse(first.at)) <= SIGN_IN_MS;
    if (!isAlong) break;
    found.push(event);
  }
  // Who only ends a session signs nobody in.
  return found.some(({ type }) => type !== 'session.ended') ? found : [];
}

/** From an event on, those of the same kind and people. */
function ofOneKind(events: readonly AuditEvent[], from: number): AuditEvent[] {
  const [first] = events.slice(from);
  const kind = first && kindOf(first);
  const others = events.slice(from).findIndex((event) => kindOf(event) !== kind);
  return events.slice(from, others === -1 ? undefined : from + others);
}

const isConnection = ({ type }: AuditEvent) => type.startsWith('connection.');

/**
 * What makes events one kind: all that their sentences tell, since one stands for all. Those of a connection are
 * one by the person and the computer.
 */
function kindOf(event: AuditEvent): string {
  const { type, actorLabel, userLabel, action, finding, address, reason, before, after } = event;
  return JSON.stringify(
    isConnection(event)
      ? ['connection', userLabel ?? actorLabel, computerOf(event)]
      : [type, actorLabel, userLabel, action, finding, address, reason, before, after],
  );
}

/** Which of a run are counted: of a connection it is the beginning, if there is one. */
function countedBy(run: readonly AuditEvent[]): string | undefined {
  const begins = ['connection.requested', 'connection.accepted', 'connection.ended'];
  return begins.find((type) => run.some((event) => event.type === type)) ?? run.at(0)?.type;
}
