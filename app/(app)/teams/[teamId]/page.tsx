import type { Metadata } from 'next';
import { Overview } from '@/components/overview/overview';
import { RoleRefused } from '@/components/roles/role-refused';
import { ImpactQuery } from '@/lib/contract/schemas';
import { page } from '@/lib/http/page';
import { showOverview } from '@/lib/service/team/overview';
import { pageAccess } from './page-access';

export const metadata: Metadata = { title: 'Overview' };

type Props = {
  params: Promise<{ teamId: string }>;
  searchParams: Promise<{ days?: string | string[] }>;
};

export default page(async function OverviewPage({ params, searchParams }: Props) {
  const { teamId } = await params;
  const { actor, team, isRefused } = await pageAccess(teamId, '', 'impact.view');
  if (isRefused) {
    return <RoleRefused title="Overview" teamName={team.name} needs="owners and admins" />;
  }
  const { data } = ImpactQuery.safeParse({ days: (await searchParams).days });
  return <Overview teamId={teamId} facts={await showOverview(actor, team, data?.days ?? 30)} />;
});
