'use client';

import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { NowProvider } from '@/components/ui/now';
import { Tips } from '@/components/ui/tips';

/** A refusal will be refused again: only answers that may change by themselves are asked for twice. */
function mayChange(error: unknown): boolean {
  const status = (error as { status?: unknown } | null)?.status;
  return typeof status !== 'number' || status >= 500;
}

/**
 * What every page stands in: queries, tooltips and the time.
 * `now` is the server's time at rendering (RFC 3339), so that first paint and hydration agree.
 */
export function Providers({ now, children }: { now: string; children: ReactNode }) {
  const [client] = useState(
    () =>
      new QueryClient({
        defaultOptions: {
          queries: {
            // A call that can't be made fails and says so; by default it would wait, saying nothing.
            networkMode: 'always',
            staleTime: 5_000,
            retry: (failures, error) => failures < 2 && mayChange(error),
          },
          mutations: { networkMode: 'always', retry: false },
        },
      }),
  );
  return (
    <QueryClientProvider client={client}>
      <NowProvider now={now}>
        {children}
        <Tips />
      </NowProvider>
    </QueryClientProvider>
  );
}
