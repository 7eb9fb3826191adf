'use client';

import { type QueryClient, useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useEffect, useState } from 'react';
import { ApiError } from '@/lib/client/api';
import { Socket } from '@/lib/client/socket';
import { keepInBrowser, openInBrowser } from '@/lib/react/browser-socket';
import { call, findPageUser, leaveOthersPage } from '@/lib/react/call';
import { queryKey } from '@/lib/react/queries';
import { SocketContext } from '@/lib/react/socket-context';

/** Keeps one WebSocket for all pages below. */
export function SocketProvider({ children }: { children: ReactNode }) {
  const queries = useQueryClient();
  const [socket] = useState(
    () =>
      new Socket({
        open: openInBrowser,
        hasSession: () => hasSession(queries),
        isOwn: isPageUser,
      }),
  );
  useEffect(() => keepInBrowser(socket), [socket]);
  return <SocketContext value={socket}>{children}</SocketContext>;
}

/** A socket has the session of its browser, which may be somebody else's by now. */
function isPageUser(userId: string): boolean {
  const pageUser = findPageUser();
  if (pageUser === null || pageUser === userId) return true;
  leaveOthersPage();
  return false;
}

/** Asked as a query, because `SessionEnded` hears of what queries are refused. */
async function hasSession(queries: QueryClient): Promise<boolean> {
  try {
    await queries.fetchQuery({
      queryKey: queryKey('GET /me'),
      queryFn: () => call('GET /me'),
      staleTime: 0,
      retry: false,
    });
    return true;
  } catch (error) {
    return !(error instanceof ApiError && error.code === 'unauthenticated');
  }
}
