'use client';

import { useState } from 'react';
import type { QueryOf } from '@/lib/contract/endpoints';
import type { AuditEvent } from '@/lib/contract/resources';
import { useCall } from './queries';

/** An event is written by the act it tells of, which tells nobody beside: that would cost every act. */
const LOOK_MS = 10_000;
/** Of more, the page is loaded anew. */
const SHOWN_MAX = 100;

/**
 * What has happened since a list of events was made, under the same filter; it waits until it is asked for.
 * @param from the cursor at which the list was made
 * @param known what is in the list
 */
export function useNewEvents(
  teamId: string,
  query: QueryOf<'GET /teams/{teamId}/events'>,
  from: string,
  known: readonly AuditEvent[],
) {
  const [cursor, setCursor] = useState(from);
  const [shown, setShown] = useState<AuditEvent[]>([]);
  const { data } = useCall(
    'GET /teams/{teamId}/events',
    { params: { teamId }, query: { ...query, order: 'asc', limit: SHOWN_MAX, cursor } },
    { refetchInterval: LOOK_MS, staleTime: 0, gcTime: 0 },
  );
  const ids = new Set([...known, ...shown].map(({ id }) => id));
  const fresh = data?.data.filter(({ id }) => !ids.has(id)) ?? [];
  const isMore = data?.data.length === SHOWN_MAX;
  const show = () => {
    if (isMore || !data?.nextCursor) return window.location.reload();
    setShown([...fresh.toReversed(), ...shown]);
    setCursor(data.nextCursor);
  };
  return { shown, waiting: fresh.length, isMore, show };
}
