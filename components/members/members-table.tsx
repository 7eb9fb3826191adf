'use client';

import type { ReactNode } from 'react';
import { MemberActions } from '@/components/members/member-actions';
import type { Viewer } from '@/components/members/viewer';
import { RoleBadge } from '@/components/roles/role-badge';
import { Badge } from '@/components/ui/badge';
import { countText } from '@/components/ui/count-text';
import { type Column, DataTable } from '@/components/ui/data-table';
import { Email } from '@/components/ui/email';
import { RelativeTime } from '@/components/ui/relative-time';
import { Status } from '@/components/ui/status';
import { TextLink } from '@/components/ui/text-link';
import type { Member } from '@/lib/contract/resources';

type Row = { member: Member; teamId: string; viewer: Viewer };

const columns: readonly Column<Row>[] = [
  {
    header: 'Name',
    isTitle: true,
    cell: ({ member: { user }, teamId, viewer }) => (
      <span className="flex flex-wrap items-center gap-x-2.5 gap-y-1">
        <TextLink href={`/teams/${teamId}/members/${user.id}`} className="wrap-anywhere">
          {user.name}
        </TextLink>
        {user.id === viewer.userId ? <Badge tone="accent">You</Badge> : null}
      </span>
    ),
  },
  {
    header: 'E-mail',
    cell: ({ member }) => <Email value={member.user.email} />,
  },
  { header: 'Role', cell: ({ member }) => <RoleBadge role={member.role} /> },
  {
    header: 'Trusted networks',
    align: 'end',
    cell: ({ member }) => <span className="tabular-nums">{member.trustedNetworks}</span>,
  },
  {
    header: 'Would be asked',
    align: 'end',
    cell: ({ member }) =>
      member.wouldBeBlocked === 0 ? (
        <span className="text-muted tabular-nums">0</span>
      ) : (
        <Status meaning="blocked">{countText(member.wouldBeBlocked, 'prompt')}</Status>
      ),
  },
  { header: 'Last seen', cell: ({ member }) => <RelativeTime at={member.lastSeenAt} /> },
  {
    header: 'Actions',
    headerHidden: true,
    isActions: true,
    isMenu: true,
    cell: (row) => <MemberActions {...row} />,
  },
];

export function MembersTable({
  teamId,
  viewer,
  members,
  empty,
}: {
  teamId: string;
  viewer: Viewer;
  members: readonly Member[];
  empty?: ReactNode;
}) {
  return (
    <DataTable
      caption="Members of the team, by name"
      columns={columns}
      rows={members.map((member) => ({ member, teamId, viewer }))}
      rowKey={({ member }) => member.user.id}
      empty={empty}
    />
  );
}
