import type { Metadata } from 'next';
import { RoleRefused } from '@/components/roles/role-refused';
import { AppRules } from '@/components/rules/app-rules';
import { HISTORY } from '@/components/rules/history-query';
import { PageHeader } from '@/components/ui/page-header';
import { Section } from '@/components/ui/section';
import { TextLink } from '@/components/ui/text-link';
import { page } from '@/lib/http/page';
import { listAppRules } from '@/lib/service/team/app-rules';
import { listEvents } from '@/lib/service/team/events';
import { countPrompts } from '@/lib/service/team/members';
import { pageAccess } from '../page-access';

export const metadata: Metadata = { title: 'App Rules' };

export default page(async function RulesPage({ params }: { params: Promise<{ teamId: string }> }) {
  const { teamId } = await params;
  const { actor, team, isRefused } = await pageAccess(teamId, '/rules', 'rules.view');
  if (isRefused) {
    return <RoleRefused title="App Rules" teamName={team.name} needs="owners and admins" />;
  }
  const [rules, history, prompts] = await Promise.all([
    listAppRules(teamId),
    listEvents(actor, teamId, HISTORY),
    countPrompts(teamId),
  ]);
  const mayChange = team.role === 'owner';
  return (
    <>
      <PageHeader
        title="App Rules"
        description="What members can do from a network they haven’t verified."
      />
      <AppRules
        teamId={teamId}
        initial={rules}
        history={history}
        mayChange={mayChange}
        wouldBeBlocked={prompts}
      />
      <Section
        title="Single sign-on"
        description={
          <>
            Whether people must sign in through your company is set under{' '}
            <TextLink href={`/teams/${teamId}/sso`}>Single sign-on</TextLink>.
          </>
        }
      />
    </>
  );
});
