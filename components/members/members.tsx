'use client';

import { SearchX, UserPlus } from 'lucide-react';
import dynamic from 'next/dynamic';
import { useState } from 'react';
import { Invites } from '@/components/members/invites';
import { MembersBulk } from '@/components/members/members-bulk';
import { MembersTable } from '@/components/members/members-table';
import type { Viewer } from '@/components/members/viewer';
import { roleWords } from '@/components/roles/role-badge';
import {
  exportHref,
  ListSearch,
  type ListView,
  Pager,
  useListView,
} from '@/components/shell/list-view';
import { RefreshFailed } from '@/components/shell/refresh-failed';
import { useSelection } from '@/components/shell/selection';
import { Button } from '@/components/ui/button';
import { EmptyState } from '@/components/ui/empty-state';
import { PageHeader } from '@/components/ui/page-header';
import type { CountedPage, Invite, Member, Page } from '@/lib/contract/resources';
import { ROLES } from '@/lib/policy/roles';
import { useCall } from '@/lib/react/queries';

const InviteDialog = dynamic(
  () => import('@/components/members/invite-dialog').then((module) => module.InviteDialog),
  { ssr: false },
);

const description =
  'Who belongs to the team, from how many networks each of them is trusted, and how many prompts enforcing everything would have meant in the last 30 days.';

const filters = [
  {
    name: 'role',
    label: 'Role',
    options: [
      { value: '', label: 'Role: any' },
      ...ROLES.map((role) => ({ value: role, label: roleWords[role] })),
    ],
  },
];

/** The members of a team and those invited to it. */
export function Members({
  teamId,
  viewer,
  view,
  initialMembers,
  initialInvites,
}: {
  teamId: string;
  viewer: Viewer;
  /** What the page's address asks for. */
  view: ListView;
  initialMembers: CountedPage<Member>;
  initialInvites: Page<Invite>;
}) {
  const params = { teamId };
  const list = useListView(`/teams/${teamId}/members`, view);
  const query = useCall(
    'GET /teams/{teamId}/members',
    { params, query: view },
    { initialData: initialMembers },
  );
  const { data: members, total } = query.data;
  const chosen = useSelection(
    members,
    ({ user }) => user.id,
    ({ user }) => user.name,
  );
  const [isInviting, setIsInviting] = useState(false);
  return (
    <>
      <PageHeader
        title="Members"
        description={description}
        actions={
          <Button variant="primary" icon={UserPlus} onClick={() => setIsInviting(true)}>
            Invite
          </Button>
        }
      />
      <RefreshFailed query={query} />
      <ListSearch
        list={list}
        label="Search name or email"
        filters={filters}
        exportHref={exportHref('GET /teams/{teamId}/members/export', { params, query: view })}
      />
      <MembersBulk teamId={teamId} viewer={viewer} chosen={chosen} />
      <MembersTable
        teamId={teamId}
        userId={viewer.userId}
        members={members}
        sorting={{
          value: view.sort ?? 'name',
          hrefOf: (sort) => list.hrefOf({ sort: sort === 'name' ? '' : sort }),
        }}
        selection={chosen}
        empty={
          <EmptyState icon={SearchX} title="No member fits this search">
            Type a part of a name or email, or clear the search.
          </EmptyState>
        }
      />
      <Pager list={list} page={query.data} noun="member" />
      <Invites
        teamId={teamId}
        initial={initialInvites}
        isAlone={Object.keys(view).length === 0 && total === 1}
        onInvite={() => setIsInviting(true)}
      />
      {isInviting ? (
        <InviteDialog teamId={teamId} viewer={viewer} onClose={() => setIsInviting(false)} />
      ) : null}
    </>
  );
}
