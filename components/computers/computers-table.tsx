'use client';

import { CircleDot } from 'lucide-react';
import type { ReactNode } from 'react';
import { ButtonLink } from '@/components/ui/button';
import { type Column, DataTable } from '@/components/ui/data-table';
import { RelativeTime } from '@/components/ui/relative-time';
import { Status } from '@/components/ui/status';
import type { Computer, TeamSummary } from '@/lib/contract/resources';

type Row = { computer: Computer; teamName: string };

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
        <Status meaning="trusted" icon={CircleDot}>
          Online
        </Status>
      ) : (
        <Status meaning="neutral">Offline</Status>
      ),
  },
  { header: 'Last seen', cell: ({ computer }) => <RelativeTime at={computer.lastSeenAt} /> },
  {
    header: 'Actions',
    headerHidden: true,
    isActions: true,
    cell: ({ computer }) => <ConnectLink computer={computer} />,
  },
];
const columns = [nameColumn, ...otherColumns];
const columnsOfTeams = [nameColumn, teamColumn, ...otherColumns];

function ConnectLink({ computer: { id, name, online } }: { computer: Computer }) {
  const remark = online ? undefined : 'It is offline: asked as soon as it comes online';
  return (
    <ButtonLink
      size="sm"
      href={`/computers/${id}`}
      aria-label={`Connect to ${name}`}
      aria-description={remark}
      data-tip={remark}
    >
      Connect
    </ButtonLink>
  );
}

export function ComputersTable({
  computers,
  teams,
  empty,
}: {
  computers: readonly Computer[];
  teams: readonly TeamSummary[];
  empty?: ReactNode;
}) {
  return (
    <DataTable
      caption="Computers you may connect to"
      columns={teams.length > 1 ? columnsOfTeams : columns}
      rows={computers.map((computer) => ({
        computer,
        teamName: teams.find(({ id }) => id === computer.teamId)?.name ?? '',
      }))}
      rowKey={({ computer }) => computer.id}
      empty={empty}
    />
  );
}
