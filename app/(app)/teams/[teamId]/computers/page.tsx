import type { Metadata } from 'next';
import { TeamComputers } from '@/components/computers/team-computers';
import { RoleRefused } from '@/components/roles/role-refused';
import { TeamComputersQuery } from '@/lib/contract/schemas';
import { listInView, type SearchParams } from '@/lib/http/list-view';
import { page } from '@/lib/http/page';
import { listTeamComputers } from '@/lib/service/computers/computers';
import { pageAccess } from '../page-access';

export const metadata: Metadata = { title: 'Team Computers' };

export default page(async function ComputersPage({
  params,
  searchParams,
}: {
  params: Promise<{ teamId: string }>;
  searchParams: Promise<SearchParams>;
}) {
  const { teamId } = await params;
  const { actor, team, isRefused } = await pageAccess(teamId, '/computers', 'computers.manage');
  if (isRefused) {
    return <RoleRefused title="Team Computers" teamName={team.name} needs="owners and admins" />;
  }
  const shown = await listInView(TeamComputersQuery, await searchParams, (query) =>
    listTeamComputers(actor, teamId, query),
  );
  return <TeamComputers teamId={teamId} {...shown} />;
});
