'use client';

import { useQueryClient } from '@tanstack/react-query';
import type { ServerPayloads } from '@/lib/contract/gateway';
import type { Computer, Page } from '@/lib/contract/resources';
import { useGatewayMessages, useIsLive } from './gateway-context';
import { COMPUTERS_PATH, useApiQuery } from './queries';

/** Who comes and goes is told; the list itself may change too, and is asked for again now and then. */
const REFETCH_LIVE_MS = 60_000;
const REFETCH_AWAY_MS = 15_000;

/** The computers that one may connect to, with who is online as it happens. */
export function useLiveComputers(initialData: Page<Computer>) {
  const queries = useQueryClient();
  const isLive = useIsLive();
  const queryKey = [COMPUTERS_PATH];
  useGatewayMessages(({ action, payload }) => {
    // Between the page's making and this socket's opening, somebody may have come or gone.
    if (action === 'hello') return void queries.invalidateQueries({ queryKey });
    if (action !== 'presence') return;
    const page = queries.getQueryData<Page<Computer>>(queryKey);
    const isAsking = queries.isFetching({ queryKey }) > 0;
    const isListed = page?.data.some(({ id }) => id === payload.computerId) ?? false;
    queries.setQueryData<Page<Computer>>(
      queryKey,
      (before) => before && withPresence(before, payload),
    );
    // An answer that is on its way was made before this, and a computer that is new here needs its name.
    if (isAsking || !isListed) void queries.invalidateQueries({ queryKey });
  });
  return useApiQuery<Page<Computer>>(COMPUTERS_PATH, {
    initialData,
    refetchInterval: isLive ? REFETCH_LIVE_MS : REFETCH_AWAY_MS,
  });
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
