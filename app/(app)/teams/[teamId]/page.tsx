import type { Metadata } from 'next';
import { FirstSteps } from '@/components/first-steps/first-steps';
import { JustVerified } from '@/components/first-steps/just-verified';
import { Overview } from '@/components/overview/overview';
import { RoleRefused } from '@/components/roles/role-refused';
import { SocketProvider } from '@/components/visit/socket-provider';
import { ImpactQuery } from '@/lib/contract/schemas';
import { page } from '@/lib/http/page';
import { findJustVerified } from '@/lib/service/account/me';
import { showOpenFirstSteps } from '@/lib/service/team/first-steps';
import { showOverview } from '@/lib/service/team/overview';
import { presentTeam } from '@/lib/service/team/teams';
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
  const [facts, steps] = await Promise.all([
    showOverview(actor, team, data?.days ?? 30),
    showOpenFirstSteps(team),
  ]);
  const verified = findJustVerified(actor);
  return (
    <Overview teamId={teamId} facts={facts}>
      {verified ? <JustVerified {...verified} /> : null}
      {steps ? (
        <SocketProvider>
          <FirstSteps key={team.id} team={presentTeam(team)} initial={steps} />
        </SocketProvider>
      ) : null}
    </Overview>
  );
});
