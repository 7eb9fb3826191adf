import type { Metadata } from 'next';
import { cookies } from 'next/headers';
import type { ReactNode } from 'react';
import { Activity } from '@/components/activity/activity';
import { ActivityFilter } from '@/components/activity/activity-filter';
import { ActivityHead } from '@/components/activity/activity-head';
import { askedBy, parseSearch, spanOf, zoneIn } from '@/components/activity/activity-search';
import { Choices } from '@/components/activity/choices';
import { type ActivitySearch, type NamedPart, searchHref } from '@/components/activity/search-href';
import { ViewerZone } from '@/components/activity/viewer-zone';
import { RoleRefused } from '@/components/roles/role-refused';
import { Callout } from '@/components/ui/callout';
import { PAGE_ROWS } from '@/lib/contract/paging';
import { ZONE_COOKIE } from '@/lib/contract/preferences';
import type { EventFilter } from '@/lib/contract/resources';
import { page } from '@/lib/http/page';
import type { Actor } from '@/lib/service/gate/actor';
import { listEventFilters } from '@/lib/service/team/event-filters';
import { type AskedEvents, followFrom, listEvents, maySearch } from '@/lib/service/team/events';
import { findMemberBy } from '@/lib/service/team/members';
import { pageAccess } from '../page-access';
import { findSought } from './find-sought';

export const metadata: Metadata = { title: 'Activity' };

/** What the address asks for; with a fault nothing is: never all in place of what nobody knows. */
type Resolved = {
  asked: AskedEvents;
  fault?: ReactNode;
  names: Partial<Record<NamedPart, string>>;
};

async function resolve(
  actor: Actor,
  teamId: string,
  path: string,
  search: ActivitySearch,
  savedFilters: readonly EventFilter[],
): Promise<Resolved> {
  const saved = savedFilters.find(({ id }) => id === search.saved);
  const names: Resolved['names'] = {};
  const asked: AskedEvents = { ...(saved?.query as AskedEvents | undefined), ...askedBy(search) };
  const { userId } = search.named;
  if (userId !== undefined) {
    // By his id one is found who is no member any more; an email stood in its place in older links.
    const isEmail = userId.includes('@');
    const member = await findMemberBy(teamId, isEmail ? { email: userId } : { id: userId });
    if (!member && isEmail) return { asked, names, fault: 'No member has this email.' };
    if (member) {
      asked.userId = member.id;
      names.userId = `${member.name} <${member.email}>`;
    }
  }
  if (search.saved !== '' && !saved) {
    return { asked, names, fault: 'This filter was removed. Clear it, or choose another.' };
  }
  if (search.q !== '') {
    const sought = await findSought(actor, teamId, search.q);
    if (sought.by === 'nothing') return { asked, names, fault: sought.why };
    if (sought.by === 'choice') {
      const links = sought.choices.map(({ by, id, name }) => ({
        name,
        href: searchHref(path, search, {
          q: '',
          named: { ...search.named, [by === 'user' ? 'userId' : 'computerId']: id },
        }),
      }));
      return { asked, names, fault: <Choices links={links} /> };
    }
    if (sought.by === 'network') asked.network = sought.network;
    if (sought.by === 'user') asked.userId = sought.id;
    if (sought.by === 'computer') asked.computerId = sought.id;
  }
  if (!maySearch(actor, asked.network)) {
    return {
      asked,
      names,
      fault:
        'Networks are hidden here, because the one you are on is not verified. Verify it to look for one.',
    };
  }
  return { asked, names };
}

export default page(async function ActivityPage({
  params,
  searchParams,
}: {
  params: Promise<{ teamId: string }>;
  searchParams: Promise<Record<string, string | string[] | undefined>>;
}) {
  const { teamId } = await params;
  const { actor, team, isRefused } = await pageAccess(teamId, '/activity', 'events.view');
  if (isRefused) {
    return <RoleRefused title="Activity" teamName={team.name} needs="owners and admins" />;
  }
  const path = `/teams/${teamId}/activity`;
  const search = parseSearch(await searchParams);
  const zone = zoneIn((await cookies()).get(ZONE_COOKIE)?.value);
  const { data: savedFilters } = await listEventFilters(actor, teamId);
  const { asked, fault, names } = await resolve(actor, teamId, path, search, savedFilters);
  const span = spanOf(search, zone, actor.now);
  const query = defined({ ...asked, ...span });
  // Before the list: what comes between the two is new, and no event is missed.
  const from = await followFrom(teamId);
  const events =
    fault === undefined
      ? await listEvents(actor, teamId, { ...query, limit: PAGE_ROWS })
      : { data: [], nextCursor: null };
  const savedId = savedFilters.some(({ id }) => id === search.saved) ? search.saved : null;
  const key = JSON.stringify([query, zone]);
  return (
    <>
      <ViewerZone zone={zone} />
      <ActivityHead
        teamId={teamId}
        path={path}
        query={fault === undefined ? query : null}
        saves={defined({ ...asked, ...(search.range === 'custom' && span) })}
        leavesTimeOut={search.range !== '' && search.range !== 'custom'}
        savedId={savedId}
        isWhole={fault !== undefined || Object.keys(query).length === 0}
      />
      <ActivityFilter
        // What the address holds wins over what was chosen but not applied.
        key={`filter ${searchHref('', search)}`}
        path={path}
        search={search}
        teamId={teamId}
        zone={zone}
        fault={fault}
        names={names}
        savedFilters={savedFilters.map(({ id, name }) => ({ id, name }))}
      />
      {search.isValid ? null : (
        <div className="mb-4">
          <Callout tone="warn" title="A part of this address is no filter, and was left out">
            Choose the filter again above.
          </Callout>
        </div>
      )}
      {fault === undefined ? (
        <Activity
          key={`list ${key}`}
          teamId={teamId}
          query={query}
          initial={events}
          followFrom={from}
          zone={zone}
        />
      ) : null}
    </>
  );
});

const defined = (asked: AskedEvents): AskedEvents =>
  Object.fromEntries(Object.entries(asked).filter(([, value]) => value !== undefined));
