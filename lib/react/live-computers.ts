'use client';

import { type InfiniteData, useQueryClient } from '@tanstack/react-query';
import type { ServerPayloads } from '@/lib/contract/messages';
import type { Computer, Page } from '@/lib/contract/resources';
import { queryKey as keyOf, usePages } from './queries';
import { useIsLive, useSocketMessages } from './socket-context';

/** Who comes and goes is told; the list itself may change too, and is asked for again now and then. */
const REFETCH_LIVE_MS = 60_000;
const REFETCH_AWAY_MS = 15_000;

/** The computers that one may connect to, with who is online as it happens. */
export function useLiveComputers(initialData: Page<Computer> | undefined, q: string | undefined) {
  const queries = useQueryClient();
  const isLive = useIsLive();
  const queryKey = keyOf('GET /computers');
  useSocketMessages(({ action, payload }) => {
    // Between the page's making and this socket's opening, somebody may have come or gone.
    if (action === 'hello') return void queries.invalidateQueries({ queryKey });
    if (action !== 'presence') return;
    const isAsking = queries.isFetching({ queryKey }) > 0;
    const lists = queries.getQueriesData<InfiniteData<Page<Computer>>>({ queryKey });
    const isMissing = lists.some(([, list]) => list && lacks(list.pages, payload.computerId));
    queries.setQueriesData<InfiniteData<Page<Computer>>>(
      { queryKey },
      (list) => list && { ...list, pages: list.pages.map((page) => withPresence(page, payload)) },
    );
    // An answer that is on its way was made before this, and a computer that is new here needs its name.
    if (isAsking || isMissing) void queries.invalidateQueries({ queryKey });
  });
  return usePages('GET /computers', { query: { q } }, initialData, {
    refetchInterval: isLive ? REFETCH_LIVE_MS : REFETCH_AWAY_MS,
  });
}

/** Whether a list that was asked for to its end does not hold a computer. Else it may come with more. */
export function lacks(pages: readonly Page<Computer>[], computerId: string): boolean {
  return (
    pages.at(-1)?.nextCursor === null &&
    !pages.some(({ data }) => data.some(({ id }) => id === computerId))
  );
}

/** The list after a computer came online or went offline; unchanged where it is not in the list. */
export function withPresence(
  page: Page<Computer>,
  { computerId, online, lastSeenAt }: ServerPayloads['presence'],
): Page<Computer> {
  const data = page.data.map((computer) =>
    computer.id === computerId
      ? { ...computer, online, lastSeenAt: lastSeenAt ?? computer.lastSeenAt }
      : computer,
  );
  return { ...page, data };
}
