'use client';

import type { ReactNode } from 'react';
import { Button } from '@/components/ui/button';
import { type Column, DataTable } from '@/components/ui/data-table';
import { RelativeTime } from '@/components/ui/relative-time';
import type { Friend } from '@/lib/contract/resources';

/** What the reader does about a friendship or a request. */
export type FriendAct = 'accept' | 'decline' | 'remove' | 'withdraw';

type Row = {
  friend: Friend;
  /** The act that is under way for this friend. */
  pending: FriendAct | null;
  onAct: (act: FriendAct, friend: Friend) => void;
};

/** What can be done, by state; the main one last. */
const ACTS: Record<
  Friend['state'],
  readonly { act: FriendAct; label: string; isMain?: boolean }[]
> = {
  incoming: [
    { act: 'decline', label: 'Decline' },
    { act: 'accept', label: 'Accept', isMain: true },
  ],
  friends: [{ act: 'remove', label: 'Remove' }],
  outgoing: [{ act: 'withdraw', label: 'Withdraw' }],
};

const columns: readonly Column<Row>[] = [
  {
    header: 'Who',
    isTitle: true,
    cell: ({ friend }) => (
      <span className="flex min-w-0 flex-col">
        <span className="wrap-anywhere">{friend.name ?? friend.email}</span>
        {friend.name === null ? null : (
          <span className="font-normal wrap-anywhere text-muted">{friend.email}</span>
        )}
      </span>
    ),
  },
  { header: 'Since', cell: ({ friend }) => <RelativeTime at={friend.createdAt} /> },
  {
    header: 'Actions',
    headerHidden: true,
    isActions: true,
    cell: ({ friend, pending, onAct }) => (
      <span className="flex flex-wrap gap-2 @2xl:flex-nowrap @2xl:justify-end">
        {ACTS[friend.state].map(({ act, label, isMain }) => (
          <Button
            key={act}
            size="sm"
            variant={isMain ? 'primary' : 'secondary'}
            pending={pending === act}
            aria-label={`${label} ${friend.name ?? friend.email}`}
            onClick={() => {
              if (pending === null) onAct(act, friend);
            }}
          >
            {label}
          </Button>
        ))}
      </span>
    ),
  },
];

export function FriendsTable({
  caption,
  friends,
  pending,
  onAct,
  empty,
}: {
  caption: string;
  friends: readonly Friend[];
  pending: { act: FriendAct; friend: Friend } | null;
  onAct: (act: FriendAct, friend: Friend) => void;
  empty?: ReactNode;
}) {
  return (
    <DataTable
      caption={caption}
      columns={columns}
      rows={friends.map((friend) => ({
        friend,
        pending: pending?.friend.id === friend.id ? pending.act : null,
        onAct,
      }))}
      rowKey={({ friend }) => friend.id}
      empty={empty}
    />
  );
}
