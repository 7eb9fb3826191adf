'use client';

import { History } from 'lucide-react';
import { EventDays } from '@/components/events/event-list';
import { HiddenNetworks } from '@/components/gate/hidden-networks';
import { MoreRows } from '@/components/shell/more-rows';
import { Button } from '@/components/ui/button';
import { countText } from '@/components/ui/count-text';
import { EmptyState } from '@/components/ui/empty-state';
import type { QueryOf } from '@/lib/contract/endpoints';
import type { AuditEvent, Page } from '@/lib/contract/resources';
import { useNewEvents } from '@/lib/react/new-events';
import { usePages } from '@/lib/react/queries';

/** The events of a team under one filter, latest first, page after page; of new ones it says how many. */
export function Activity({
  teamId,
  query,
  initial,
  followFrom,
  zone,
}: {
  teamId: string;
  /** The filter. */
  query: QueryOf<'GET /teams/{teamId}/events'>;
  initial: Page<AuditEvent>;
  /** From where on events are new. */
  followFrom: string;
  /** Of the viewer. */
  zone: string;
}) {
  const { rows: all, more } = usePages(
    'GET /teams/{teamId}/events',
    { params: { teamId }, query },
    initial,
    {
      // The log only grows: what was read stays true, and reading ten pages again helps nobody.
      staleTime: Number.POSITIVE_INFINITY,
      // Who comes back later has what the page was made with then.
      gcTime: 0,
    },
  );
  const { shown, waiting, isMore, show } = useNewEvents(teamId, query, followFrom, all);
  const events = [...shown, ...all];
  return (
    <>
      <div role="status">
        {waiting > 0 ? (
          <div className="sticky top-2 z-10 mb-4 flex justify-center">
            <Button size="sm" className="rounded-full shadow-popover" onClick={show}>
              {isMore ? 'Many new events' : countText(waiting, 'new event')}
            </Button>
          </div>
        ) : null}
      </div>
      {events.length === 0 ? (
        <NoEvents isFiltered={Object.keys(query).length > 0} />
      ) : (
        <>
          <HiddenNetworks among={events} />
          <EventDays teamId={teamId} events={events} zone={zone} />
          <MoreRows more={more} shown={events.length} noun="events" />
        </>
      )}
    </>
  );
}

function NoEvents({ isFiltered }: { isFiltered: boolean }) {
  return isFiltered ? (
    <EmptyState icon={History} title="No event fits this filter">
      Widen the time, or clear the filter.
    </EmptyState>
  ) : (
    <EmptyState icon={History} title="Nothing has happened yet">
      Sign-ins, refusals, verified networks and every change of the team will be listed here.
    </EmptyState>
  );
}
