import type { Metadata } from 'next';
import { Members } from '@/components/members/members';
import { RoleRefused } from '@/components/roles/role-refused';
import { SHORT_PAGE } from '@/lib/contract/paging';
import { MembersQuery } from '@/lib/contract/schemas';
import { listInView, type SearchParams } from '@/lib/http/list-view';
import { page } from '@/lib/http/page';
import { listInvites } from '@/lib/service/team/invites';
import { listMembers } from '@/lib/service/team/members';
import { pageAccess } from '../../page-access';

export const metadata: Metadata = { title: 'Members' };

export default page(async function MembersPage({
  params,
  searchParams,
}: {
  params: Promise<{ teamId: string }>;
  searchParams: Promise<SearchParams>;
}) {
  const { teamId } = await params;
  const { actor, team, isRefused } = await pageAccess(teamId, '/members', 'members.view');
  if (isRefused) {
    return <RoleRefused title="Members" teamName={team.name} needs="owners and admins" />;
  }
  const [{ view, initial }, invites] = await Promise.all([
    listInView(MembersQuery, await searchParams, (query) => listMembers(actor, teamId, query)),
    listInvites(teamId, SHORT_PAGE),
  ]);
  return (
    <Members
      teamId={teamId}
      viewer={{ userId: actor.user.id, role: team.role }}
      view={view}
      initialMembers={initial}
      initialInvites={invites}
    />
  );
});
