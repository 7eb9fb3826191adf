import type { Metadata } from 'next';
import { RoleRefused } from '@/components/roles/role-refused';
import { AppRules } from '@/components/rules/app-rules';
import { HISTORY } from '@/components/rules/history-query';
import { SsoRequirement } from '@/components/rules/sso-requirement';
import { PageHeader } from '@/components/ui/page-header';
import { PAGE_ROWS_MAX } from '@/lib/contract/paging';
import type { UserSummary } from '@/lib/contract/resources';
import { page } from '@/lib/http/page';
import { showSsoRequirement } from '@/lib/service/sso/domains';
import { listAppRules } from '@/lib/service/team/app-rules';
import { listEvents } from '@/lib/service/team/events';
import { countPrompts, findMemberBy, listMembers } from '@/lib/service/team/members';
import { pageAccess } from '../page-access';

export const metadata: Metadata = { title: 'App Rules' };

/** The owners to choose from, and who was chosen, though he be none any more. */
function withKeeper(owners: UserSummary[], keeper: UserSummary | null): UserSummary[] {
  return keeper === null || owners.some(({ id }) => id === keeper.id)
    ? owners
    : [...owners, keeper];
}

export default page(async function RulesPage({ params }: { params: Promise<{ teamId: string }> }) {
  const { teamId } = await params;
  const { actor, team, isRefused } = await pageAccess(teamId, '/rules', 'rules.view');
  if (isRefused) {
    return <RoleRefused title="App Rules" teamName={team.name} needs="owners and admins" />;
  }
  const [rules, history, prompts, owners, requirement] = await Promise.all([
    listAppRules(teamId),
    listEvents(actor, teamId, HISTORY),
    countPrompts(teamId),
    listMembers(actor, teamId, { limit: PAGE_ROWS_MAX, role: 'owner' }),
    showSsoRequirement(teamId),
  ]);
  const keeperId = requirement.breakGlassUserId;
  const keeper = keeperId === null ? null : await findMemberBy(teamId, { id: keeperId });
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
      <SsoRequirement
        teamId={teamId}
        initial={requirement}
        owners={withKeeper(
          owners.data.map(({ user }) => user),
          keeper,
        )}
        hasMoreOwners={owners.nextCursor !== null}
        readOnly={mayChange ? null : 'Only owners of the team change this.'}
      />
    </>
  );
});
