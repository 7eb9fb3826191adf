import type { Metadata } from 'next';
import { Activity } from '@/components/activity';
import { ActivityFilter } from '@/components/activity-filter';
import { parseFilter } from '@/components/activity-search';
import { RoleRefused } from '@/components/role-refused';
import { Callout } from '@/components/ui/callout';
import { PageHeader } from '@/components/ui/page-header';
import type { AuditEvent } from '@/lib/contract/resources';
import { listTeamComputers } from '@/lib/service/computers';
import { listEvents } from '@/lib/service/events';
import { listMembers } from '@/lib/service/members';
import { computerNames } from '../computer-names';
import { pageAccess } from '../page-access';

export const metadata: Metadata = { title: 'Activity' };

type Choice = { id: string; name: string };

/** The members, and whom the address names, though he be none any more. */
function withNamed(members: Choice[], userId: string, events: readonly AuditEvent[]): Choice[] {
  if (userId === '' || members.some(({ id }) => id === userId)) return members;
  const known = events.flatMap(({ actor, user }) => [actor, user]);
  const name = known.find((one) => one?.id === userId)?.name ?? 'Somebody';
  return [...members, { id: userId, name: `${name} (no member any more)` }];
}

export default async function ActivityPage({
  params,
  searchParams,
}: {
  params: Promise<{ teamId: string }>;
  searchParams: Promise<Record<string, string | string[] | undefined>>;
}) {
  const { teamId } = await params;
  const { values, query, isValid } = parseFilter(await searchParams);
  const { actor, team, isRefused } = await pageAccess(teamId, '/activity', 'events.view');
  if (isRefused) {
    return <RoleRefused title="Activity" teamName={team.name} needs="owners and admins" />;
  }
  const [events, members, computers] = await Promise.all([
    listEvents(actor, teamId, query),
    listMembers(actor, teamId),
    listTeamComputers(actor, teamId),
  ]);
  const { limit: _, ...filter } = query;
  const queryText = new URLSearchParams(filter).toString();
  return (
    <>
      <PageHeader
        title="Activity"
        description="What happened in the team and to its members’ accounts, newest first. Nobody can change what stands here."
      />
      <ActivityFilter
        // What the address holds wins over what was chosen but not applied.
        key={queryText}
        path={`/teams/${teamId}/activity`}
        values={values}
        members={withNamed(
          members.data.map(({ user }) => user),
          values.userId,
          events.data,
        )}
      />
      {isValid ? null : (
        <div className="mb-4">
          <Callout tone="warn" title="A part of this address is no filter, and was left out">
            Choose the filter again above.
          </Callout>
        </div>
      )}
      <Activity
        key={`list ${queryText}`}
        teamId={teamId}
        query={queryText}
        initial={events}
        names={{ computers: computerNames(computers) }}
      />
    </>
  );
}
