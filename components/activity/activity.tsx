'use client';

import { History } from 'lucide-react';
import { EventList } from '@/components/events/event-list';
import { HiddenNetworks } from '@/components/gate/hidden-networks';
import { MoreRows } from '@/components/shell/more-rows';
import { EmptyState } from '@/components/ui/empty-state';
import type { QueryOf } from '@/lib/contract/endpoints';
import type { AuditEvent, Page } from '@/lib/contract/resources';
import { usePages } from '@/lib/react/queries';

/** The events of a team under one filter, newest first, page after page. */
export function Activity({
  teamId,
  query,
  initial,
}: {
  teamId: string;
  /** The filter. */
  query: QueryOf<'GET /teams/{teamId}/events'>;
  initial: Page<AuditEvent>;
}) {
  const { rows: all, more } = usePages(
    'GET /teams/{teamId}/events',
    { params: { teamId }, query },
    initial,
    {
      // The log only grows: what was read stays true, and reading ten pages again helps nobody.
      staleTime: Number.POSITIVE_INFINITY,
    },
  );
  if (all.length === 0) {
    return Object.keys(query).length === 0 ? (
      <EmptyState icon={History} title="Nothing has happened yet">
        Sign-ins, refusals, verified networks and every change of the team will be listed here.
      </EmptyState>
    ) : (
      <EmptyState icon={History} title="No event fits this filter">
        Widen the dates, or clear the filter.
      </EmptyState>
    );
  }
  return (
    <>
      <HiddenNetworks among={all} />
      <EventList teamId={teamId} events={all} label="Events, newest first" />
      <MoreRows more={more} shown={all.length} noun="events" />
    </>
  );
}
