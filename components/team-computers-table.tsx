'use client';

import { Ellipsis, KeyRound, Pencil, Trash2 } from 'lucide-react';
import type { ReactNode } from 'react';
import { Address } from '@/components/ui/address';
import { IconButton } from '@/components/ui/button';
import { type Column, DataTable } from '@/components/ui/data-table';
import { Menu, MenuItem } from '@/components/ui/menu';
import { RelativeTime } from '@/components/ui/relative-time';
import { Status } from '@/components/ui/status';
import type { ManagedComputer, UserSummary } from '@/lib/contract/resources';

type Act = 'edit' | 'rotate' | 'remove';

type Row = {
  computer: ManagedComputer;
  members: readonly UserSummary[];
  onAct: (act: Act, computer: ManagedComputer) => void;
};

const columns: readonly Column<Row>[] = [
  {
    header: 'Name',
    isTitle: true,
    cell: ({ computer }) => <span className="wrap-anywhere">{computer.name}</span>,
  },
  { header: 'Who may connect', cell: (row) => accessText(row) },
  {
    header: 'State',
    cell: ({ computer }) =>
      computer.online ? (
        <Status meaning="trusted">Online</Status>
      ) : (
        <Status meaning="neutral">Offline</Status>
      ),
  },
  { header: 'Last seen', cell: ({ computer }) => <RelativeTime at={computer.lastSeenAt} /> },
  { header: 'From', cell: ({ computer }) => <Whence computer={computer} /> },
  { header: 'Registered', cell: ({ computer }) => <RelativeTime at={computer.createdAt} /> },
  {
    header: 'Actions',
    headerHidden: true,
    isActions: true,
    cell: ({ computer, onAct }) => (
      <Menu
        trigger={<IconButton icon={Ellipsis} size="sm" label={`Actions for ${computer.name}`} />}
      >
        <MenuItem icon={Pencil} onSelect={() => onAct('edit', computer)}>
          Edit…
        </MenuItem>
        <MenuItem icon={KeyRound} onSelect={() => onAct('rotate', computer)}>
          New host key…
        </MenuItem>
        <MenuItem icon={Trash2} tone="danger" onSelect={() => onAct('remove', computer)}>
          Remove…
        </MenuItem>
      </Menu>
    ),
  },
];

/** From where its program comes, since when, and whether its key works elsewhere. */
function Whence({ computer: { host, hostNetworks } }: { computer: ManagedComputer }) {
  return (
    <div className="flex min-w-0 flex-col gap-0.5">
      {host ? (
        <>
          <Address value={host.address} network={host.network} />
          <span className="text-xs text-muted">
            <span>since </span>
            <RelativeTime at={host.since} />
          </span>
        </>
      ) : (
        <span className="text-muted">Not online yet</span>
      )}
      {hostNetworks ? (
        <span className="text-xs text-muted">
          {hostNetworks.length === 1
            ? 'Key works from 1 network'
            : `Key works from ${hostNetworks.length} networks`}
        </span>
      ) : null}
    </div>
  );
}

/** Names up to two of those who may connect, and counts the rest. */
function accessText({ computer, members }: Row): string {
  if (computer.access === 'all') return 'All members';
  const names = computer.userIds.flatMap(
    (id) => members.find((member) => member.id === id)?.name ?? [],
  );
  const rest = computer.userIds.length - 2;
  if (computer.userIds.length === 0) return 'Nobody yet';
  if (rest > 0) return `${names.slice(0, 2).join(', ')} and ${rest} more`;
  return names.join(', ');
}

/** `computers` undefined: they are on their way. */
export function TeamComputersTable({
  computers,
  members,
  onAct,
  empty,
}: {
  computers: readonly ManagedComputer[] | undefined;
  members: readonly UserSummary[];
  onAct: Row['onAct'];
  empty?: ReactNode;
}) {
  return (
    <DataTable
      caption="Team Computers"
      columns={columns}
      rows={computers?.map((computer) => ({ computer, members, onAct }))}
      rowKey={({ computer }) => computer.id}
      empty={empty}
    />
  );
}
