'use client';

import { CircleDot, Ellipsis, KeyRound, Pencil, PlugZap, Trash2 } from 'lucide-react';
import type { ReactNode } from 'react';
import { Address } from '@/components/ui/address';
import { IconButton } from '@/components/ui/button';
import { type Column, DataTable, type Selection, type Sorting } from '@/components/ui/data-table';
import { Menu, MenuItem } from '@/components/ui/menu';
import { RelativeTime } from '@/components/ui/relative-time';
import { Status } from '@/components/ui/status';
import type { ManagedComputer } from '@/lib/contract/resources';

type Act = 'edit' | 'rotate' | 'remove';

type Row = {
  computer: ManagedComputer;
  onAct: (act: Act, computer: ManagedComputer) => void;
};

const columns: readonly Column<Row>[] = [
  {
    header: 'Name',
    isTitle: true,
    sort: 'name',
    cell: ({ computer }) => <span className="wrap-anywhere">{computer.name}</span>,
  },
  { header: 'Who may connect', cell: ({ computer }) => accessText(computer) },
  {
    header: 'State',
    sort: 'online',
    narrow: 'second',
    cell: ({ computer }) =>
      computer.online ? (
        <Status meaning="trusted" icon={CircleDot}>
          Online
        </Status>
      ) : (
        <Status meaning="neutral">Offline</Status>
      ),
  },
  {
    header: 'Last seen',
    sort: 'lastSeenAt',
    sortsDown: true,
    narrow: 'second',
    cell: ({ computer }) => <RelativeTime at={computer.lastSeenAt} />,
  },
  { header: 'From', cell: ({ computer }) => <Whence computer={computer} /> },
  {
    header: 'Registered',
    sort: 'createdAt',
    sortsDown: true,
    cell: ({ computer }) => <RelativeTime at={computer.createdAt} />,
  },
  {
    header: 'Actions',
    headerHidden: true,
    isActions: true,
    narrow: 'end',
    cell: ({ computer, onAct }) => (
      <Menu
        trigger={<IconButton icon={Ellipsis} size="sm" label={`Actions for ${computer.name}`} />}
      >
        <MenuItem icon={Pencil} onSelect={() => onAct('edit', computer)}>
          Edit…
        </MenuItem>
        <MenuItem
          icon={computer.online ? KeyRound : PlugZap}
          onSelect={() => onAct('rotate', computer)}
        >
          {computer.online ? 'New host key…' : 'Bring online…'}
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

/** How many may connect; whom, its dialog says. */
function accessText({ access, namedUsers }: ManagedComputer): string {
  if (access === 'all') return 'All members';
  if (namedUsers === 0) return 'Nobody yet';
  return namedUsers === 1 ? '1 named member' : `${namedUsers} named members`;
}

export function TeamComputersTable({
  computers,
  onAct,
  sorting,
  selection: { has, toggle, setAll, nameOf },
  empty,
}: {
  computers: readonly ManagedComputer[];
  onAct: Row['onAct'];
  sorting: Sorting;
  selection: Selection<ManagedComputer>;
  empty?: ReactNode;
}) {
  return (
    <DataTable
      caption="Team Computers"
      columns={columns}
      rows={computers.map((computer) => ({ computer, onAct }))}
      rowKey={({ computer }) => computer.id}
      sorting={sorting}
      selection={{
        has: ({ computer }) => has(computer),
        toggle: ({ computer }) => toggle(computer),
        nameOf: ({ computer }) => nameOf(computer),
        setAll,
      }}
      empty={empty}
    />
  );
}
