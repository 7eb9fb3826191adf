'use client';

import {
  type InfiniteData,
  type QueryClient,
  useQuery,
  useQueryClient,
} from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import type { QueryOf } from '@/lib/contract/endpoints';
import type { ServerPayloads } from '@/lib/contract/messages';
import type { Computer, CountedPage, ManagedComputer, Page } from '@/lib/contract/resources';
import { call } from './call';
import { queryKey as keyOf, useCall, usePages } from './queries';
import { useIsLive, useSocketMessages } from './socket-context';

/** Who comes and goes is told; the list itself may change too, and is asked for again now and then. */
const REFETCH_LIVE_MS = 60_000;
const REFETCH_AWAY_MS = 15_000;
/** While somebody waits before the page. */
const REFETCH_SOON_MS = 3_000;

/** The computers that one may connect to, with who is online as it happens. */
export function useLiveComputers(initialData: Page<Computer> | undefined, q: string | undefined) {
  useLivePresence<Computer>(keyOf('GET /computers'), ({ mayConnect }) => mayConnect !== false);
  return usePages('GET /computers', { query: { q } }, initialData, useRefetching());
}

/** The computers of a team that one manages, as a list is looked at, in the same way. */
export function useLiveTeamComputers(
  teamId: string,
  initialData: CountedPage<ManagedComputer>,
  query: QueryOf<'GET /teams/{teamId}/computers'>,
) {
  const params = { teamId };
  // Of whose team a computer is that is not in the list, nobody says: it may be another's.
  useLivePresence<ManagedComputer>(keyOf('GET /teams/{teamId}/computers', { params }), () => false);
  return useCall(
    'GET /teams/{teamId}/computers',
    { params, query },
    { initialData, ...useRefetching() },
  );
}

/** After a computer was registered, changed or removed: every list that may hold it. */
export async function refreshComputers(queries: QueryClient, teamId: string): Promise<void> {
  const params = { teamId };
  await Promise.all(
    [keyOf('GET /computers'), keyOf('GET /teams/{teamId}/computers', { params })].map((queryKey) =>
      queries.invalidateQueries({ queryKey }),
    ),
  );
}

/** Whether a computer that one manages is online with its new key, as it happens. */
export function useIsOnline({ id, teamId, name }: ManagedComputer): boolean {
  const isLive = useIsLive();
  const [isOnline, setOnline] = useState(false);
  const { data: found, refetch } = useQuery({
    // A key of its own: that of a list has another shape.
    queryKey: ['is online', id],
    queryFn: async () => {
      const place = { params: { teamId }, query: { query: name } };
      const { data } = await call('GET /teams/{teamId}/computers', place);
      return data.find((computer) => computer.id === id)?.online ?? false;
    },
    refetchInterval: isLive ? false : REFETCH_SOON_MS,
    gcTime: 0,
  });
  useSocketMessages(({ action, payload }) => {
    if (action === 'hello') void refetch();
    if (action === 'presence' && payload.computerId === id) setOnline(payload.online);
  });
  useEffect(() => {
    if (found !== undefined) setOnline(found);
  }, [found]);
  return isOnline;
}

/** Whether one may connect to a computer that one manages; undefined: not asked, or not known yet. */
export function useMayConnect({ id, name }: ManagedComputer, isAsked: boolean) {
  const { data } = useQuery({
    queryKey: ['may connect', id],
    queryFn: async () => {
      const { data } = await call('GET /computers', { query: { q: name } });
      return data.some((computer) => computer.id === id);
    },
    enabled: isAsked,
    gcTime: 0,
  });
  return data;
}

const useRefetching = () => ({
  refetchInterval: useIsLive() ? REFETCH_LIVE_MS : REFETCH_AWAY_MS,
});

/**
 * Keeps lists of computers as they are told to be.
 * @param belongs whether a computer that is told of is one of these lists, if only they were whole
 */
function useLivePresence<Row extends Computer>(
  queryKey: string[],
  belongs: (payload: ServerPayloads['presence']) => boolean,
): void {
  const queries = useQueryClient();
  useSocketMessages(({ action, payload }) => {
    // Between the page's making and this socket's opening, somebody may have come or gone.
    if (action === 'hello') return void queries.invalidateQueries({ queryKey });
    if (action !== 'presence') return;
    const isAsking = queries.isFetching({ queryKey }) > 0;
    const lists = queries.getQueriesData<Listed<Row>>({ queryKey });
    const isMissing =
      belongs(payload) &&
      lists.some(([, list]) => list && lacks(pagesOf(list), payload.computerId));
    queries.setQueriesData<Listed<Row>>({ queryKey }, (list) => {
      if (list === undefined) return undefined;
      return 'pages' in list
        ? { ...list, pages: list.pages.map((page) => withPresence(page, payload)) }
        : withPresence(list, payload);
    });
    // An answer that is on its way was made before this, and a computer that is new here needs its name.
    if (isAsking || isMissing) void queries.invalidateQueries({ queryKey });
  });
}

/** A list page after page, or one page of it. */
type Listed<Row> = InfiniteData<Page<Row>> | Page<Row>;

const pagesOf = <Row>(list: Listed<Row>) => ('pages' in list ? list.pages : [list]);

/** Whether a list that was asked for to its end does not hold a computer. Else it may come with more. */
export function lacks(pages: readonly Page<Computer>[], computerId: string): boolean {
  return (
    pages.at(-1)?.nextCursor === null &&
    !pages.some(({ data }) => data.some(({ id }) => id === computerId))
  );
}

/** The list after a computer came online or went offline; unchanged where it is not in the list. */
export function withPresence<Row extends Computer>(
  page: Page<Row>,
  { computerId, online, lastSeenAt }: ServerPayloads['presence'],
): Page<Row> {
  const data = page.data.map((computer) =>
    computer.id === computerId
      ? { ...computer, online, lastSeenAt: lastSeenAt ?? computer.lastSeenAt }
      : computer,
  );
  return { ...page, data };
}
