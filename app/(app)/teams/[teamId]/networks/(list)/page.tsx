import type { Metadata } from 'next';
import { Networks } from '@/components/networks/networks';
import { RoleRefused } from '@/components/roles/role-refused';
import { SeenNetworksQuery } from '@/lib/contract/schemas';
import { listInView, type SearchParams } from '@/lib/http/list-view';
import { page } from '@/lib/http/page';
import { findMemberBy } from '@/lib/service/team/members';
import { listSeenNetworks } from '@/lib/service/team/seen-networks';
import { pageAccess } from '../../page-access';

export const metadata: Metadata = { title: 'Networks' };

export default page(async function NetworksPage({
  params,
  searchParams,
}: {
  params: Promise<{ teamId: string }>;
  searchParams: Promise<SearchParams>;
}) {
  const { teamId } = await params;
  const { actor, team, isRefused } = await pageAccess(teamId, '/networks', 'verified-ips.view');
  if (isRefused) {
    return <RoleRefused title="Networks" teamName={team.name} needs="owners and admins" />;
  }
  const { view, initial } = await listInView(SeenNetworksQuery, await searchParams, (query) =>
    listSeenNetworks(actor, teamId, query),
  );
  const member = view.userId ? await findMemberBy(teamId, { id: view.userId }) : null;
  return <Networks teamId={teamId} view={view} member={member} initial={initial} />;
});
