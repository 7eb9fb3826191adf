'use client';

import { useInfiniteQuery } from '@tanstack/react-query';
import { History } from 'lucide-react';
import { EventList } from '@/components/event-list';
import type { EventNames } from '@/components/event-text';
import { HiddenNetworks } from '@/components/hidden-networks';
import { Button } from '@/components/ui/button';
import { Callout } from '@/components/ui/callout';
import { EmptyState } from '@/components/ui/empty-state';
import { api } from '@/lib/client/api';
import type { AuditEvent, Page } from '@/lib/contract/resources';

/** The events of a team under one filter, newest first, page after page. */
export function Activity({
  teamId,
  query,
  initial,
  names,
}: {
  teamId: string;
  /** The filter, as the query string of the API's call. */
  query: string;
  initial: Page<AuditEvent>;
  names: EventNames;
}) {
  const events = useInfiniteQuery({
    queryKey: [`/teams/${teamId}/events`, query],
    queryFn: ({ pageParam }) => {
      const params = new URLSearchParams(query);
      if (pageParam !== null) params.set('cursor', pageParam);
      return api<Page<AuditEvent>>('GET', `/teams/${teamId}/events?${params}`);
    },
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.nextCursor,
    initialData: { pages: [initial], pageParams: [null] },
    // The log only grows: what was read stays true, and reading ten pages again helps nobody.
    staleTime: Number.POSITIVE_INFINITY,
  });
  const all = events.data.pages.flatMap((page) => page.data);
  if (all.length === 0) {
    return query === '' ? (
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
      <EventList teamId={teamId} events={all} names={names} label="Events, newest first" />
      {events.error ? (
        <div className="mt-4">
          <Callout tone="danger" live title="The next events could not be loaded">
            {events.error.message}
          </Callout>
        </div>
      ) : null}
      <div className="mt-4 flex items-center gap-4 text-muted">
        {events.hasNextPage ? (
          <Button pending={events.isFetchingNextPage} onClick={() => void events.fetchNextPage()}>
            Load more
          </Button>
        ) : (
          <p>These are all.</p>
        )}
        <span role="status" className="sr-only">
          {events.isFetchingNextPage ? 'Loading' : `${all.length} events shown`}
        </span>
      </div>
    </>
  );
}
