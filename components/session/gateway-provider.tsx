'use client';

import { type QueryClient, useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useEffect, useState } from 'react';
import { ApiError, api } from '@/lib/client/api';
import { Gateway } from '@/lib/client/gateway';
import { GatewayContext } from '@/lib/client/gateway-context';
import type { Me } from '@/lib/contract/resources';

/** Keeps one WebSocket for all pages below. */
export function GatewayProvider({ children }: { children: ReactNode }) {
  const queries = useQueryClient();
  const [gateway] = useState(() => new Gateway(() => hasSession(queries)));
  useEffect(() => gateway.start(), [gateway]);
  return <GatewayContext value={gateway}>{children}</GatewayContext>;
}

/** Asked as a query, because `SessionEnded` hears of what queries are refused. */
async function hasSession(queries: QueryClient): Promise<boolean> {
  try {
    await queries.fetchQuery({
      queryKey: ['/me'],
      queryFn: () => api<Me>('GET', '/me'),
      staleTime: 0,
      retry: false,
    });
    return true;
  } catch (error) {
    return !(error instanceof ApiError && error.code === 'unauthenticated');
  }
}
