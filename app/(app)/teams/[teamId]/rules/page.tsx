import type { Metadata } from 'next';
import { AppRules } from '@/components/app-rules';
import { RoleRefused } from '@/components/role-refused';
import { SsoRequirement } from '@/components/sso/sso-requirement';
import { PageHeader } from '@/components/ui/page-header';
import { listAppRules } from '@/lib/service/app-rules';
import { listMembers } from '@/lib/service/members';
import { showSsoRequirement } from '@/lib/service/sso-domains';
import { pageAccess } from '../page-access';

export const metadata: Metadata = { title: 'App Rules' };

export default async function RulesPage({ params }: { params: Promise<{ teamId: string }> }) {
  const { teamId } = await params;
  const { actor, team, isRefused } = await pageAccess(teamId, '/rules', 'rules.view');
  if (isRefused) {
    return <RoleRefused title="App Rules" teamName={team.name} needs="owners and admins" />;
  }
  const [rules, members, requirement] = await Promise.all([
    listAppRules(teamId),
    listMembers(actor, teamId),
    showSsoRequirement(teamId),
  ]);
  const mayChange = team.role === 'owner';
  return (
    <>
      <PageHeader
        title="App Rules"
        description={`What a session of a member of ${team.name} may do from a network that is not verified.`}
      />
      <AppRules
        teamId={teamId}
        initial={rules}
        mayChange={mayChange}
        wouldBeBlocked={members.data.reduce((sum, member) => sum + member.wouldBeBlocked, 0)}
      />
      <SsoRequirement
        teamId={teamId}
        initial={requirement}
        owners={members.data.filter(({ role }) => role === 'owner').map(({ user }) => user)}
        readOnly={mayChange ? null : 'Only owners of the team change this.'}
      />
    </>
  );
}
