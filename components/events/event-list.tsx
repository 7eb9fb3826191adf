'use client';

import { ChevronDown } from 'lucide-react';
import { useId, useState } from 'react';
import { eventLook, eventSentence, findingWords } from '@/components/events/event-text';
import { actionWords } from '@/components/gate/action-words';
import { Address } from '@/components/ui/address';
import { classNames } from '@/components/ui/class-names';
import { CopyButton } from '@/components/ui/copy-button';
import { Facts } from '@/components/ui/facts';
import { RelativeTime } from '@/components/ui/relative-time';
import { Status } from '@/components/ui/status';
import { TextLink } from '@/components/ui/text-link';
import { exactTimeText } from '@/components/ui/time-text';
import type { AuditEvent, UserSummary } from '@/lib/contract/resources';

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
    <ol
      aria-label={label}
      className="divide-y divide-line rounded-lg border border-line bg-surface"
    >
      {events.map((event) => (
        <EventRow key={event.id} teamId={teamId} event={event} />
      ))}
    </ol>
  );
}

function EventRow({ teamId, event }: { teamId: string; event: AuditEvent }) {
  const [open, setOpen] = useState(false);
  const id = useId();
  const { icon: Icon, isRefusal } = eventLook(event.type);
  return (
    <li>
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
              {eventSentence(event)}
            </span>
            {isRefusal ? <Status meaning="blocked">Refused</Status> : null}
          </div>
          <div className="mt-0.5 flex flex-wrap items-center gap-x-3 text-muted">
            <RelativeTime at={event.at} />
            {event.address === null ? null : <Address value={event.address} />}
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
          <EventDetails teamId={teamId} event={event} />
        </div>
      ) : null}
    </li>
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
    ...(event.sessionId ? [{ term: 'Session', value: <Code text={event.sessionId} /> }] : []),
    {
      term: 'Request id',
      value:
        event.requestId === null ? (
          <span className="text-muted">none</span>
        ) : (
          <span className="flex flex-wrap items-center gap-2">
            <Code text={event.requestId} />
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
