import type { Metadata } from 'next';
import { Activity } from '@/components/activity/activity';
import { ActivityFilter } from '@/components/activity/activity-filter';
import { parseFilter } from '@/components/activity/activity-search';
import { RoleRefused } from '@/components/roles/role-refused';
import { Callout } from '@/components/ui/callout';
import { PageHeader } from '@/components/ui/page-header';
import { page } from '@/lib/http/page';
import { listEvents } from '@/lib/service/team/events';
import { findMemberBy } from '@/lib/service/team/members';
import { pageAccess } from '../page-access';

export const metadata: Metadata = { title: 'Activity' };

/** Whom the address names, by e-mail or id; as the field shows him, and as the events are asked by. */
async function findNamed(
  teamId: string,
  text: string,
): Promise<{ shown: string; id: string | null }> {
  if (text === '') return { shown: '', id: '' };
  const isEmail = text.includes('@');
  const member = await findMemberBy(teamId, isEmail ? { email: text } : { id: text });
  // By his id one is found who is no member any more.
  return { shown: member?.email ?? text, id: member?.id ?? (isEmail ? null : text) };
}

export default page(async function ActivityPage({
  params,
  searchParams,
}: {
  params: Promise<{ teamId: string }>;
  searchParams: Promise<Record<string, string | string[] | undefined>>;
}) {
  const { teamId } = await params;
  const search = await searchParams;
  const { actor, team, isRefused } = await pageAccess(teamId, '/activity', 'events.view');
  if (isRefused) {
    return <RoleRefused title="Activity" teamName={team.name} needs="owners and admins" />;
  }
  const named = await findNamed(teamId, typeof search.userId === 'string' ? search.userId : '');
  const { values, query, isValid } = parseFilter({ ...search, userId: named.id ?? undefined });
  const events = await listEvents(actor, teamId, query);
  const { limit: _, order: __, ...filter } = query;
  const queryText = JSON.stringify(filter);
  return (
    <>
      <PageHeader
        title="Activity"
        description="What happened in the team and to its members’ accounts, newest first. Nobody can change what stands here."
      />
      <ActivityFilter
        // What the address holds wins over what was chosen but not applied.
        key={`${queryText} ${named.shown}`}
        path={`/teams/${teamId}/activity`}
        values={{ ...values, userId: named.shown }}
        teamId={teamId}
        memberFault={named.id === null ? 'No member has this e-mail.' : undefined}
      />
      {isValid ? null : (
        <div className="mb-4">
          <Callout tone="warn" title="A part of this address is no filter, and was left out">
            Choose the filter again above.
          </Callout>
        </div>
      )}
      <Activity key={`list ${queryText}`} teamId={teamId} query={filter} initial={events} />
    </>
  );
});
