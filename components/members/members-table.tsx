'use client';

import type { ReactNode } from 'react';
import { roleWords } from '@/components/roles/role-badge';
import { Badge } from '@/components/ui/badge';
import { countText } from '@/components/ui/count-text';
import { type Column, DataTable, type Selection, type Sorting } from '@/components/ui/data-table';
import { Email } from '@/components/ui/email';
import { RelativeTime } from '@/components/ui/relative-time';
import { Status } from '@/components/ui/status';
import { TextLink } from '@/components/ui/text-link';
import type { Member } from '@/lib/contract/resources';

/** @param isSelf whether a member is the reader */
const columnsFor = (
  teamId: string,
  isSelf: (member: Member) => boolean,
): readonly Column<Member>[] => [
  {
    header: 'Name',
    isTitle: true,
    sort: 'name',
    cell: (member) => (
      <>
        <TextLink
          href={`/teams/${teamId}/members/${member.user.id}`}
          className="row-link wrap-anywhere"
        >
          {member.user.name}
        </TextLink>
        {isSelf(member) ? (
          <span className="ml-2">
            <Badge tone="accent">You</Badge>
          </span>
        ) : null}
      </>
    ),
  },
  {
    header: 'Email',
    sort: 'email',
    narrow: 'second',
    cell: ({ user }) => <Email value={user.email} />,
  },
  { header: 'Role', sort: 'role', narrow: 'end', cell: ({ role }) => roleWords[role] },
  {
    header: 'Trusted networks',
    sort: 'trustedNetworks',
    sortsDown: true,
    align: 'end',
    className: 'tabular-nums',
    cell: ({ trustedNetworks }) => trustedNetworks,
  },
  {
    header: 'Would be asked',
    sort: 'wouldBeBlocked',
    sortsDown: true,
    align: 'end',
    className: 'tabular-nums',
    cell: ({ wouldBeBlocked }) =>
      wouldBeBlocked === 0 ? (
        '0'
      ) : (
        <Status meaning="blocked">{countText(wouldBeBlocked, 'prompt')}</Status>
      ),
  },
  {
    header: 'Last seen',
    sort: 'lastSeenAt',
    sortsDown: true,
    narrow: 'second',
    cell: ({ lastSeenAt }) => <RelativeTime at={lastSeenAt} never="never seen" />,
  },
];

export function MembersTable({
  teamId,
  userId,
  members,
  sorting,
  selection,
  empty,
}: {
  teamId: string;
  /** The reader. */
  userId: string;
  members: readonly Member[];
  sorting: Sorting;
  selection: Selection<Member>;
  empty?: ReactNode;
}) {
  return (
    <DataTable
      caption="Members of the team"
      columns={columnsFor(teamId, ({ user }) => user.id === userId)}
      rows={members}
      rowKey={({ user }) => user.id}
      sorting={sorting}
      selection={selection}
      empty={empty}
    />
  );
}
