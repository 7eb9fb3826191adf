'use client';

import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { CenterCard } from '@/components/shell/center-card';
import { WaitingCard } from '@/components/shell/waiting-card';
import { useFragment } from '@/components/sign-in/fragment';
import { Button } from '@/components/ui/button';
import { Callout } from '@/components/ui/callout';
import type { ApiError, Sent } from '@/lib/client/api';
import type { AnswerOf } from '@/lib/contract/endpoints';
import { call } from '@/lib/react/call';

/** Asks what a mailed link leads to. */
type LookUp = 'POST /invites/lookup' | 'POST /password-resets/lookup';

/** The page of a mailed link: asks what its token leads to, and shows that. Looking changes nothing. */
export function LinkedPage<C extends LookUp>({
  lookup,
  withoutToken,
  gone,
  children,
}: {
  /** The call that knows. */
  lookup: C;
  /** Also shown until the page is alive: only then its address can be read. */
  withoutToken: ReactNode;
  /** The token leads nowhere (any more). */
  gone: ReactNode;
  children: (found: AnswerOf<C>, token: string) => ReactNode;
}) {
  const token = useFragment() ?? '';
  const query = useQuery<AnswerOf<C>, ApiError>({
    queryKey: [lookup, token],
    queryFn: () => call(lookup, { body: { token } } as Sent<C>),
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
