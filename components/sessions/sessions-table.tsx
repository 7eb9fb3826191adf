'use client';

import { Address } from '@/components/ui/address';
import { Badge } from '@/components/ui/badge';
import { Button } from '@/components/ui/button';
import { type Column, DataTable } from '@/components/ui/data-table';
import { RelativeTime } from '@/components/ui/relative-time';
import type { SessionSummary } from '@/lib/contract/resources';

type Row = { session: SessionSummary; onEnd: ((session: SessionSummary) => void) | null };

const columns: readonly Column<Row>[] = [
  {
    header: 'Program',
    isTitle: true,
    cell: ({ session }) => (
      <span className="flex flex-wrap items-center gap-x-2.5 gap-y-1">
        <span className="wrap-anywhere">{session.client}</span>
        {session.current ? <Badge tone="accent">This session</Badge> : null}
      </span>
    ),
  },
  { header: 'Last address', cell: ({ session }) => <Address value={session.lastSeenAddress} /> },
  { header: 'Last used', cell: ({ session }) => <RelativeTime at={session.lastSeenAt} /> },
  { header: 'Signed in', cell: ({ session }) => <RelativeTime at={session.createdAt} /> },
  { header: 'Ends', cell: ({ session }) => <RelativeTime at={session.expiresAt} /> },
  {
    header: 'Actions',
    headerHidden: true,
    isActions: true,
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
}: {
  caption: string;
  sessions: readonly SessionSummary[];
  /** Ends one of one’s own; null: somebody else’s are shown. */
  onEnd: ((session: SessionSummary) => void) | null;
}) {
  return (
    <DataTable
      caption={caption}
      columns={columns}
      rows={sessions.map((session) => ({ session, onEnd }))}
      rowKey={({ session }) => session.id}
      isCurrent={({ session }) => session.current}
    />
  );
}
