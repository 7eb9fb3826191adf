'use client';

import { UserPlus } from 'lucide-react';
import { useState } from 'react';
import { InviteDialog } from '@/components/invite-dialog';
import { Invites } from '@/components/invites';
import { MembersTable, type Viewer } from '@/components/members-table';
import { RefreshFailed } from '@/components/refresh-failed';
import { Button } from '@/components/ui/button';
import { PageHeader } from '@/components/ui/page-header';
import { useApiQuery } from '@/lib/client/queries';
import type { Invite, Member, Page } from '@/lib/contract/resources';

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
  const path = `/teams/${teamId}/members`;
  const query = useApiQuery<Page<Member>>(path, { initialData: initialMembers });
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
      <MembersTable teamId={teamId} viewer={viewer} members={query.data.data} />
      <Invites
        teamId={teamId}
        initial={initialInvites}
        isAlone={query.data.data.length === 1}
        onInvite={() => setIsInviting(true)}
      />
      <InviteDialog
        teamId={teamId}
        viewer={viewer}
        open={isInviting}
        onOpenChange={setIsInviting}
      />
    </>
  );
}

const NOBODY: Viewer = { userId: '', role: 'member' };

/** The page while it is on its way. */
export function MembersSkeleton() {
  return (
    <>
      <PageHeader title="Members" description={description} />
      <MembersTable teamId="" viewer={NOBODY} members={undefined} />
    </>
  );
}
