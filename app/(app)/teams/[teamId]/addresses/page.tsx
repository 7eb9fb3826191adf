import type { Metadata } from 'next';
import { RoleRefused } from '@/components/roles/role-refused';
import { AddressHealth } from '@/components/settings/address-health';
import { TeamName } from '@/components/settings/team-name';
import { PageHeader } from '@/components/ui/page-header';
import { page } from '@/lib/http/page';
import { showAddressHealth } from '@/lib/service/team/address-health';
import { pageAccess } from '../page-access';

export const metadata: Metadata = { title: 'Settings' };

export default page(async function AddressesPage({
  params,
}: {
  params: Promise<{ teamId: string }>;
}) {
  const { teamId } = await params;
  const { actor, team, isRefused } = await pageAccess(teamId, '/addresses', 'addresses.view');
  if (isRefused) return <RoleRefused title="Settings" teamName={team.name} needs="owners" />;
  const health = await showAddressHealth(actor, teamId);
  return (
    <>
      <PageHeader
        title="Settings"
        description="The team’s name, and how the server that runs Gatehouse establishes addresses."
      />
      <TeamName teamId={teamId} name={team.name} />
      <AddressHealth teamId={teamId} initial={health} />
    </>
  );
});
