'use client';

import type { ReactNode } from 'react';
import { Button } from '@/components/ui/button';
import { type Column, DataTable } from '@/components/ui/data-table';
import { RelativeTime } from '@/components/ui/relative-time';
import { Status } from '@/components/ui/status';
import type { Computer, TeamSummary } from '@/lib/contract/resources';

type Row = {
  computer: Computer;
  teamName: string;
  isConnecting: boolean;
  isConnected: boolean;
  onConnect: (computer: Computer) => void;
};

const nameColumn: Column<Row> = {
  header: 'Computer',
  isTitle: true,
  cell: ({ computer }) => <span className="wrap-anywhere">{computer.name}</span>,
};
const teamColumn: Column<Row> = { header: 'Team', cell: ({ teamName }) => teamName };
const otherColumns: readonly Column<Row>[] = [
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
  {
    header: 'Actions',
    headerHidden: true,
    isActions: true,
    cell: ({ computer, isConnecting, isConnected, onConnect }) => (
      <Button
        size="sm"
        pending={isConnecting}
        aria-label={
          isConnected ? `Show the connection to ${computer.name}` : `Connect to ${computer.name}`
        }
        onClick={() => onConnect(computer)}
      >
        {isConnected ? 'Show' : 'Connect'}
      </Button>
    ),
  },
];
const columns = [nameColumn, ...otherColumns];
const columnsOfTeams = [nameColumn, teamColumn, ...otherColumns];

/** `computers` undefined: they are on their way. */
export function ComputersTable({
  computers,
  teams,
  connectingId,
  connectedIds,
  onConnect,
  empty,
}: {
  computers: readonly Computer[] | undefined;
  teams: readonly TeamSummary[];
  connectingId: string | null;
  connectedIds: readonly string[];
  onConnect: (computer: Computer) => void;
  empty?: ReactNode;
}) {
  return (
    <DataTable
      caption="Computers you may connect to"
      columns={teams.length > 1 ? columnsOfTeams : columns}
      rows={computers?.map((computer) => ({
        computer,
        teamName: teams.find(({ id }) => id === computer.teamId)?.name ?? '',
        isConnecting: computer.id === connectingId,
        isConnected: connectedIds.includes(computer.id),
        onConnect,
      }))}
      rowKey={({ computer }) => computer.id}
      empty={empty}
    />
  );
}

/** The table's place while the page is on its way. */
export function ComputersSkeleton() {
  return (
    <ComputersTable
      computers={undefined}
      teams={[]}
      connectingId={null}
      connectedIds={[]}
      onConnect={() => undefined}
    />
  );
}
