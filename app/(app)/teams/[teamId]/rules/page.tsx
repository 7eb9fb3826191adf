import type { Metadata } from 'next';
import { AppRules } from '@/components/app-rules';
import { RoleRefused } from '@/components/role-refused';
import { PageHeader } from '@/components/ui/page-header';
import { listAppRules } from '@/lib/service/app-rules';
import { listMembers } from '@/lib/service/members';
import { pageAccess } from '../page-access';

export const metadata: Metadata = { title: 'App Rules' };

export default async function RulesPage({ params }: { params: Promise<{ teamId: string }> }) {
  const { teamId } = await params;
  const { actor, team, isRefused } = await pageAccess(teamId, '/rules', 'rules.view');
  if (isRefused) {
    return <RoleRefused title="App Rules" teamName={team.name} needs="owners and admins" />;
  }
  const [rules, members] = await Promise.all([listAppRules(teamId), listMembers(actor, teamId)]);
  return (
    <>
      <PageHeader
        title="App Rules"
        description={`What a session of a member of ${team.name} may do from a network that is not verified.`}
      />
      <AppRules
        teamId={teamId}
        initial={rules}
        mayChange={team.role === 'owner'}
        wouldBeBlocked={members.data.reduce((sum, member) => sum + member.wouldBeBlocked, 0)}
      />
    </>
  );
}
