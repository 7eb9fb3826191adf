'use client';

import type { ReactNode } from 'react';
import { Address } from '@/components/ui/address';
import { Badge } from '@/components/ui/badge';
import { Button } from '@/components/ui/button';
import { type Column, DataTable, type Sorting } from '@/components/ui/data-table';
import { RelativeTime } from '@/components/ui/relative-time';
import type { SessionSummary } from '@/lib/contract/resources';

type Row = { session: SessionSummary; onEnd: ((session: SessionSummary) => void) | null };

const columns: readonly Column<Row>[] = [
  {
    header: 'Program',
    isTitle: true,
    cell: ({ session }) => (
      <>
        <span className="wrap-anywhere">{session.client}</span>
        {session.current ? (
          <span className="ml-2">
            <Badge tone="accent">This session</Badge>
          </span>
        ) : null}
      </>
    ),
    sort: 'client',
  },
  {
    header: 'Last address',
    narrow: 'second',
    cell: ({ session }) => <Address value={session.lastSeenAddress} />,
  },
  {
    header: 'Last used',
    sort: 'lastSeenAt',
    sortsDown: true,
    narrow: 'second',
    cell: ({ session }) => <RelativeTime at={session.lastSeenAt} />,
  },
  {
    header: 'Signed in',
    sort: 'createdAt',
    sortsDown: true,
    cell: ({ session }) => <RelativeTime at={session.createdAt} />,
  },
  { header: 'Ends', cell: ({ session }) => <RelativeTime at={session.expiresAt} /> },
  {
    header: 'Actions',
    headerHidden: true,
    isActions: true,
    narrow: 'end',
    cell: ({ session, onEnd }) =>
      onEnd && (
        <Button
          size="sm"
          aria-label={`${session.current ? 'Sign out of' : 'End'} ${session.client}`}
          onClick={() => onEnd(session)}
        >
          {session.current ? 'Sign out' : 'End'}
        </Button>
      ),
  },
];

export function SessionsTable({
  caption,
  sessions,
  onEnd,
  sorting,
  empty,
}: {
  caption: string;
  sessions: readonly SessionSummary[];
  /** Ends one of one’s own; null: somebody else’s are shown. */
  onEnd: ((session: SessionSummary) => void) | null;
  /** Where they can be ordered by something else. */
  sorting?: Sorting;
  empty?: ReactNode;
}) {
  return (
    <DataTable
      caption={caption}
      columns={columns}
      rows={sessions.map((session) => ({ session, onEnd }))}
      rowKey={({ session }) => session.id}
      isCurrent={({ session }) => session.current}
      {...(sorting && { sorting })}
      empty={empty}
    />
  );
}
