'use client';

import type { ReactNode } from 'react';
import { Address } from '@/components/ui/address';
import { Badge } from '@/components/ui/badge';
import { numberText } from '@/components/ui/count-text';
import { type Column, DataTable, type Selection, type Sorting } from '@/components/ui/data-table';
import { RelativeTime } from '@/components/ui/relative-time';
import { TextLink } from '@/components/ui/text-link';
import { NetworkStatus } from '@/components/verified-ips/network-status';
import { networkHref, shortNetwork } from '@/components/verified-ips/network-text';
import type { SeenNetwork } from '@/lib/contract/resources';

const columnsFor = (teamId: string): readonly Column<SeenNetwork>[] => [
  {
    header: 'Network',
    isTitle: true,
    sort: 'network',
    cell: ({ network, current }) => (
      <>
        <TextLink href={networkHref(teamId, network)} className="row-link">
          <Address value={shortNetwork(network)} />
        </TextLink>
        {current ? (
          <span className="ml-2">
            <Badge tone="accent">This network</Badge>
          </span>
        ) : null}
      </>
    ),
  },
  {
    header: 'Name',
    sort: 'name',
    narrow: 'second',
    className: 'wrap-anywhere',
    cell: ({ name }) => name,
  },
  {
    header: 'Members',
    sort: 'members',
    sortsDown: true,
    narrow: 'second',
    cell: (row) => membersText(row),
  },
  {
    header: 'Uses, 30 days',
    sort: 'uses',
    sortsDown: true,
    align: 'end',
    className: 'tabular-nums',
    cell: ({ uses }) => numberText(uses),
  },
  {
    header: 'Last used',
    sort: 'lastSeenAt',
    sortsDown: true,
    narrow: 'second',
    cell: ({ lastSeenAt }) => <RelativeTime at={lastSeenAt} />,
  },
  {
    header: 'State',
    narrow: 'end',
    cell: (row) => <NetworkStatus use={row} trusted={row.trusted} />,
  },
];

/** "Olga", "Olga and Ada", "Olga, Ada and 9 more". */
function membersText({ latest, members }: SeenNetwork): string {
  const isAll = members <= latest.length;
  const names = latest.slice(0, isAll ? 3 : 2).map(({ name }) => name);
  const rest = isAll ? names.pop() : `${numberText(members - names.length)} more`;
  return names.length === 0 ? `${rest}` : `${names.join(', ')} and ${rest}`;
}

export function NetworksTable({
  teamId,
  networks,
  sorting,
  selection,
  empty,
}: {
  teamId: string;
  networks: readonly SeenNetwork[];
  sorting: Sorting;
  selection: Selection<SeenNetwork>;
  empty: ReactNode;
}) {
  return (
    <DataTable
      caption="Networks of the team’s members"
      columns={columnsFor(teamId)}
      rows={networks}
      rowKey={({ network }) => network}
      isCurrent={({ current }) => current}
      sorting={sorting}
      selection={selection}
      empty={empty}
    />
  );
}
