'use client';

import { ChevronDown } from 'lucide-react';
import { type ReactNode, useId, useState } from 'react';
import { EventLink, EventLinks } from '@/components/events/event-links';
import { eventLook, findingWords, rowSentence } from '@/components/events/event-text';
import { type FoldedRow, foldEvents } from '@/components/events/fold';
import { actionWords } from '@/components/gate/action-words';
import { Address } from '@/components/ui/address';
import { classNames } from '@/components/ui/class-names';
import { CopyButton } from '@/components/ui/copy-button';
import { Facts } from '@/components/ui/facts';
import { useNowMs } from '@/components/ui/now';
import { RelativeTime } from '@/components/ui/relative-time';
import { Status } from '@/components/ui/status';
import { TextLink } from '@/components/ui/text-link';
import { dateText, exactTimeText } from '@/components/ui/time-text';
import type { AuditEvent, UserSummary } from '@/lib/contract/resources';
import { addDays, clockIn } from '@/lib/policy/days';
import { isBlocked } from '@/lib/policy/event-groups';
import { MASKS } from '@/lib/policy/masks';

const listClass = 'divide-y divide-line rounded-lg border border-line bg-surface';
const pathOf = (teamId: string) => `/teams/${teamId}/activity`;

/** Audit events as sentences, in the order given; each opens to its details. */
export function EventList({
  teamId,
  events,
  label,
}: {
  teamId: string;
  events: readonly AuditEvent[];
  /** What the list is; read out. */
  label: string;
}) {
  return (
    <EventLinks value={pathOf(teamId)}>
      <ol aria-label={label} className={listClass}>
        {events.map((event) => (
          <li key={event.id}>
            <Row teamId={teamId} row={{ kind: 'one', event }}>
              <RelativeTime at={event.at} />
            </Row>
          </li>
        ))}
      </ol>
    </EventLinks>
  );
}

/** The same under the days of a zone, with the time of its clock; what belongs together is one row. */
export function EventDays({
  teamId,
  events,
  zone,
}: {
  teamId: string;
  events: readonly AuditEvent[];
  zone: string;
}) {
  const today = clockIn(zone, new Date(useNowMs())).day;
  const days = new Map<string, AuditEvent[]>();
  for (const event of events) {
    const { day } = clockIn(zone, new Date(event.at));
    days.set(day, [...(days.get(day) ?? []), event]);
  }
  return (
    <EventLinks value={pathOf(teamId)}>
      {[...days].map(([day, ofDay]) => (
        <section key={day} aria-label={dayText(day, today)} className="mb-6">
          <h2 className="mb-2 text-[0.8125rem] font-medium text-muted">{dayText(day, today)}</h2>
          <ol className={listClass}>
            {foldEvents(ofDay).map((row) => (
              <li key={row.event.id}>
                <Row teamId={teamId} row={row} zone={zone}>
                  <ClockTime at={row.event.at} zone={zone} />
                </Row>
              </li>
            ))}
          </ol>
        </section>
      ))}
    </EventLinks>
  );
}

const WEEKDAYS = 'Sunday Monday Tuesday Wednesday Thursday Friday Saturday'.split(' ');

/** "Today", "Yesterday", "Sunday, 22 Nov 2026". */
function dayText(day: string, today: string): string {
  if (day === today) return 'Today';
  if (day === addDays(today, -1)) return 'Yesterday';
  const at = Date.parse(`${day}T00:00:00.000Z`);
  return `${WEEKDAYS[new Date(at).getUTCDay()]}, ${dateText(at)}`;
}

function ClockTime({ at, zone }: { at: string; zone: string }) {
  return (
    <time dateTime={at} title={exactTimeText(Date.parse(at))} className="tabular-nums">
      {clockIn(zone, new Date(at)).time}
    </time>
  );
}

function Row({
  teamId,
  row,
  zone,
  children,
}: {
  teamId: string;
  row: FoldedRow;
  /** Of the times within. */
  zone?: string;
  /** When it was. */
  children: ReactNode;
}) {
  const [open, setOpen] = useState(false);
  const id = useId();
  const { event } = row;
  const { icon: Icon } = eventLook(event.type);
  const isRefusal = isBlocked(event.type);
  return (
    <>
      <div className="flex items-start gap-3 px-4 py-3">
        <Icon
          aria-hidden
          className={classNames(
            'mt-0.5 size-4 shrink-0',
            isRefusal ? 'text-blocked' : 'text-muted',
          )}
        />
        <div className="min-w-0 flex-1">
          <div className="flex flex-wrap items-center gap-x-2.5 gap-y-1">
            <span id={`${id}-what`} className="min-w-0 wrap-anywhere">
              {rowSentence(row)}
            </span>
            {isRefusal ? <Status meaning="blocked">Refused</Status> : null}
          </div>
          <div className="mt-0.5 flex flex-wrap items-center gap-x-3 text-muted">
            {children}
            {event.address === null ? null : <LinkedAddress address={event.address} />}
          </div>
        </div>
        <button
          type="button"
          aria-expanded={open}
          aria-controls={open ? id : undefined}
          aria-label="Details"
          aria-describedby={`${id}-what`}
          onClick={() => setOpen(!open)}
          className="-my-1 -mr-2 flex size-9 shrink-0 items-center justify-center rounded-md text-muted hover:bg-sunken hover:text-ink pointer-coarse:size-11"
        >
          <ChevronDown
            aria-hidden
            className={classNames('size-4 transition-transform', open && 'rotate-180')}
          />
        </button>
      </div>
      {open ? (
        <div id={id} className="px-4 pb-4 sm:pl-11">
          {row.kind === 'one' ? (
            <EventDetails teamId={teamId} event={event} />
          ) : (
            <ol className={listClass}>
              {row.events.map((one) => (
                <li key={one.id}>
                  <Row teamId={teamId} row={{ kind: 'one', event: one }}>
                    {zone ? <ClockTime at={one.at} zone={zone} /> : <RelativeTime at={one.at} />}
                  </Row>
                </li>
              ))}
            </ol>
          )}
        </div>
      ) : null}
    </>
  );
}

const HIDDEN: readonly string[] = Object.values(MASKS);

function LinkedAddress({ address }: { address: string }) {
  return (
    <EventLink by="network" value={HIDDEN.includes(address) ? null : address}>
      <Address value={address} />
    </EventLink>
  );
}

function EventDetails({ teamId, event }: { teamId: string; event: AuditEvent }) {
  // Also whoever is no member any more is found by it.
  const who = (user: UserSummary | null, label: string) =>
    user ? (
      <TextLink href={`/teams/${teamId}/activity?userId=${user.id}`}>{label}</TextLink>
    ) : (
      label
    );
  const items = [
    {
      term: 'Time',
      value: <time dateTime={event.at}>{exactTimeText(Date.parse(event.at))}</time>,
    },
    { term: 'Address', value: <Address value={event.address} /> },
    { term: 'Network', value: <Address value={event.network} /> },
    ...(event.action ? [{ term: 'Action', value: actionWords(event.action).name }] : []),
    ...(event.finding
      ? [{ term: 'Finding', value: findingWords[event.finding] ?? event.finding }]
      : []),
    ...(event.actorLabel ? [{ term: 'By', value: who(event.actor, event.actorLabel) }] : []),
    ...(event.userLabel && event.user?.id !== event.actor?.id
      ? [{ term: 'About', value: who(event.user, event.userLabel) }]
      : []),
    ...(event.reason ? [{ term: 'Reason', value: event.reason }] : []),
    { term: 'Event', value: <Code text={event.type} /> },
    ...(event.sessionId
      ? [
          {
            term: 'Session',
            value: (
              <EventLink by="sessionId" value={event.sessionId}>
                <Code text={event.sessionId} />
              </EventLink>
            ),
          },
        ]
      : []),
    {
      term: 'Request id',
      value:
        event.requestId === null ? (
          <span className="text-muted">none</span>
        ) : (
          <span className="flex flex-wrap items-center gap-2">
            <EventLink by="requestId" value={event.requestId}>
              <Code text={event.requestId} />
            </EventLink>
            <CopyButton value={event.requestId} />
          </span>
        ),
    },
  ];
  return <Facts items={items} />;
}

function Code({ text }: { text: string }) {
  return (
    <code className="font-mono text-[0.8125rem] wrap-anywhere" translate="no">
      {text}
    </code>
  );
}
