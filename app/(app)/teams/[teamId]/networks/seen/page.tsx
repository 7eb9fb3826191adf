import type { Metadata } from 'next';
import { notFound } from 'next/navigation';
import { NetworkPage } from '@/components/networks/network-page';
import { RoleRefused } from '@/components/roles/role-refused';
import { NetworkMembersQuery } from '@/lib/contract/schemas';
import { listInView, type SearchParams } from '@/lib/http/list-view';
import { page } from '@/lib/http/page';
import { findSeenNetwork, listMembersOnNetwork } from '@/lib/service/team/seen-networks';
import { pageAccess } from '../../page-access';

type Props = { params: Promise<{ teamId: string }>; searchParams: Promise<SearchParams> };

export async function generateMetadata({ searchParams }: Props): Promise<Metadata> {
  const { network } = await searchParams;
  return { title: typeof network === 'string' ? network.slice(0, 64) : 'Network' };
}

export default page(async function Page({ params, searchParams }: Props) {
  const { teamId } = await params;
  const { actor, team, isRefused } = await pageAccess(teamId, '/networks', 'verified-ips.view');
  if (isRefused) {
    return <RoleRefused title="Network" teamName={team.name} needs="owners and admins" />;
  }
  const search = await searchParams;
  const network = await findSeenNetwork(actor, teamId, `${search.network ?? ''}`);
  if (network === null) notFound();
  const { view, initial } = await listInView(
    NetworkMembersQuery.omit({ network: true }),
    { cursor: search.cursor },
    (query) => listMembersOnNetwork(actor, teamId, { ...query, network: network.network }),
  );
  return (
    <NetworkPage teamId={teamId} view={view} initialNetwork={network} initialMembers={initial} />
  );
});
