'use client';

import { UserPlus } from 'lucide-react';
import dynamic from 'next/dynamic';
import { useState } from 'react';
import { Invites } from '@/components/members/invites';
import { MembersTable } from '@/components/members/members-table';
import type { Viewer } from '@/components/members/viewer';
import { MoreRows } from '@/components/shell/more-rows';
import { RefreshFailed } from '@/components/shell/refresh-failed';
import { isSearchable, NothingFound, SearchField } from '@/components/shell/search-field';
import { Button } from '@/components/ui/button';
import { PageHeader } from '@/components/ui/page-header';
import type { Invite, Member, Page } from '@/lib/contract/resources';
import { usePages } from '@/lib/react/queries';
import { useSearch } from '@/lib/react/search';

const InviteDialog = dynamic(
  () => import('@/components/members/invite-dialog').then((module) => module.InviteDialog),
  { ssr: false },
);

const description =
  'Who belongs to the team, from how many networks each of them is trusted, and how many prompts enforcing everything would have meant in the last 30 days.';

/** The members of a team and those invited to it. */
export function Members({
  teamId,
  viewer,
  initialMembers,
  initialInvites,
}: {
  teamId: string;
  viewer: Viewer;
  initialMembers: Page<Member>;
  initialInvites: Page<Invite>;
}) {
  const { q, text, setText } = useSearch();
  const query = usePages(
    'GET /teams/{teamId}/members',
    { params: { teamId }, query: { q } },
    q === undefined ? initialMembers : undefined,
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
      {isSearchable(initialMembers) ? (
        <SearchField label="Find a member by name or e-mail" value={text} onChange={setText} />
      ) : null}
      <MembersTable
        teamId={teamId}
        viewer={viewer}
        members={query.rows}
        empty={q === undefined ? undefined : <NothingFound text={text} />}
      />
      <MoreRows more={query.more} shown={query.rows.length} noun="members" />
      <Invites
        teamId={teamId}
        initial={initialInvites}
        isAlone={q === undefined && query.rows.length === 1}
        onInvite={() => setIsInviting(true)}
      />
      {isInviting ? (
        <InviteDialog teamId={teamId} viewer={viewer} onClose={() => setIsInviting(false)} />
      ) : null}
    </>
  );
}
