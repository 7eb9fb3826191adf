'use client';

import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { CenterCard } from '@/components/center-card';
import { useFragment } from '@/components/fragment';
import { Button } from '@/components/ui/button';
import { Callout } from '@/components/ui/callout';
import { WaitingCard } from '@/components/waiting-card';
import { type ApiError, api } from '@/lib/client/api';

/** The page of a mailed link: asks what its token leads to, and shows that. Looking changes nothing. */
export function LinkedPage<Found>({
  lookup,
  withoutToken,
  gone,
  children,
}: {
  /** The call that knows, below `/api/v1`. */
  lookup: string;
  /** Also shown until the page is alive: only then its address can be read. */
  withoutToken: ReactNode;
  /** The token leads nowhere (any more). */
  gone: ReactNode;
  children: (found: Found, token: string) => ReactNode;
}) {
  const token = useFragment() ?? '';
  const query = useQuery<Found, ApiError>({
    queryKey: [lookup, token],
    queryFn: () => api<Found>('POST', lookup, { token }),
    enabled: token !== '',
    // What is done here uses it up, and says so itself; who comes back to the link asks anew.
    gcTime: 0,
    refetchOnWindowFocus: false,
  });
  if (token === '') return withoutToken;
  if (query.data) return children(query.data, token);
  if (query.error === null) return <WaitingCard title="Opening the link…" />;
  if (query.error.status === 404 || query.error.status === 400) return gone;
  return (
    <CenterCard title="The link could not be opened">
      <div className="flex flex-col gap-5">
        <Callout tone="danger" live>
          {query.error.message}
        </Callout>
        <Button variant="primary" pending={query.isFetching} onClick={() => query.refetch()}>
          Try again
        </Button>
      </div>
    </CenterCard>
  );
}
