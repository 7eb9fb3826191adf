'use client';

import { numberText } from '@/components/ui/count-text';
import type { Column } from '@/components/ui/data-table';
import { RelativeTime } from '@/components/ui/relative-time';
import { NetworkStatus } from '@/components/verified-ips/network-status';
import type { NetworkMember } from '@/lib/contract/resources';

/** How a network was used and how it stands, behind the column that says which, or by whom. */
export const usageColumns: readonly Column<Omit<NetworkMember, 'user'>>[] = [
  { header: 'State', narrow: 'end', cell: (row) => <NetworkStatus use={row} /> },
  {
    header: 'Uses, 30 days',
    align: 'end',
    className: 'tabular-nums',
    cell: ({ uses }) => numberText(uses),
  },
  { header: 'First seen', cell: ({ firstSeenAt }) => <RelativeTime at={firstSeenAt} /> },
  {
    header: 'Last used',
    narrow: 'second',
    cell: ({ lastSeenAt }) => <RelativeTime at={lastSeenAt} />,
  },
];
