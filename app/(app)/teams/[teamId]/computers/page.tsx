import type { Metadata } from 'next';
import { TeamComputers } from '@/components/computers/team-computers';
import { RoleRefused } from '@/components/roles/role-refused';
import { page } from '@/lib/http/page';
import { listTeamComputers } from '@/lib/service/computers/computers';
import { pageAccess } from '../page-access';

export const metadata: Metadata = { title: 'Team Computers' };

export default page(async function ComputersPage({
  params,
}: {
  params: Promise<{ teamId: string }>;
}) {
  const { teamId } = await params;
  const { actor, team, isRefused } = await pageAccess(teamId, '/computers', 'computers.manage');
  if (isRefused) {
    return <RoleRefused title="Team Computers" teamName={team.name} needs="owners and admins" />;
  }
  return <TeamComputers teamId={teamId} initial={await listTeamComputers(actor, teamId)} />;
});
