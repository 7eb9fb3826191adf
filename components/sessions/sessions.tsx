'use client';

import { useQueryClient } from '@tanstack/react-query';
import { LogOut, SearchX } from 'lucide-react';
import { useState } from 'react';
import { SessionsTable } from '@/components/sessions/sessions-table';
import { ListSearch, type ListView, Pager, useListView } from '@/components/shell/list-view';
import { MoreRows } from '@/components/shell/more-rows';
import { RefreshFailed } from '@/components/shell/refresh-failed';
import { Button } from '@/components/ui/button';
import { ConfirmDialog } from '@/components/ui/confirm-dialog';
import { EmptyState } from '@/components/ui/empty-state';
import { Section } from '@/components/ui/section';
import type { ParamsOf } from '@/lib/contract/endpoints';
import { SHORT_PAGE } from '@/lib/contract/paging';
import type { CountedPage, Page, SessionSummary } from '@/lib/contract/resources';
import { call } from '@/lib/react/call';
import { useGatedMutation } from '@/lib/react/gated-mutation';
import { queryKey, useCall, usePages } from '@/lib/react/queries';

/** Where a member is signed in. */
export function MemberSessions({
  member,
  ownerName,
  initial,
}: {
  member: ParamsOf<'GET /teams/{teamId}/members/{userId}'>;
  ownerName: string;
  initial: Page<SessionSummary>;
}) {
  const query = usePages(
    'GET /teams/{teamId}/members/{userId}/sessions',
    { params: member, query: SHORT_PAGE },
    initial,
  );
  return (
    <Section
      title="Sessions"
      description={`Where ${ownerName} is signed in. “Contain…” above ends all of them.`}
    >
      <RefreshFailed query={query} />
      {query.rows.length === 0 ? (
        <p className="text-muted">Nowhere at present.</p>
      ) : (
        <SessionsTable
          caption={`Sessions of ${ownerName}, the latest begun first`}
          sessions={query.rows}
          onEnd={null}
        />
      )}
      <MoreRows more={query.more} shown={query.rows.length} noun="sessions" />
    </Section>
  );
}

/** As many are seen at a glance. */
const GLANCE_ROWS = 10;
const LATEST_FIRST = '-createdAt';

/** The reader's own sessions, and their end. */
export function Sessions({
  view,
  initial,
}: {
  /** What the page's address asks for. */
  view: ListView;
  initial: CountedPage<SessionSummary>;
}) {
  const queries = useQueryClient();
  const list = useListView('/account', view);
  const query = useCall(
    'GET /sessions',
    { query: { ...view, ...SHORT_PAGE } },
    { initialData: initial },
  );
  const { data: sessions, total } = query.data;
  const isLong = total > GLANCE_ROWS || view.query !== undefined;
  const end = useGatedMutation({
    mutationFn: (session: SessionSummary | 'all') =>
      session === 'all'
        ? call('DELETE /sessions')
        : call('DELETE /sessions/{id}', { params: { id: session.id } }),
    onSuccess: async (_, session) => {
      if (session === 'all' || session.current) {
        // The cookie is gone; a full load leaves nothing of the session behind in this page.
        window.location.assign('/login');
        return;
      }
      await queries.invalidateQueries({ queryKey: queryKey('GET /sessions') });
    },
  });
  const [asked, setAsked] = useState<SessionSummary | 'all' | null>(null);
  const ask = (what: SessionSummary | 'all') => {
    end.reset();
    setAsked(what);
  };
  const isAll = asked === 'all';

  return (
    <Section
      title="Sessions"
      description="Where you are signed in. A session ends 30 days after its sign-in, or after 14 days without use."
      actions={
        <Button icon={LogOut} onClick={() => ask('all')}>
          Sign out everywhere
        </Button>
      }
    >
      <RefreshFailed query={query} />
      {isLong ? <ListSearch list={list} label="Search program or address" /> : null}
      <SessionsTable
        caption="Your sessions"
        sessions={sessions}
        onEnd={ask}
        sorting={{
          value: view.sort ?? LATEST_FIRST,
          hrefOf: (sort) => list.hrefOf({ sort: sort === LATEST_FIRST ? '' : sort }),
        }}
        empty={
          <EmptyState icon={SearchX} title="No session fits this search">
            Type a part of the program’s name or of an address.
          </EmptyState>
        }
      />
      <Pager list={list} page={query.data} noun="session" />
      <ConfirmDialog
        open={asked !== null}
        onOpenChange={(open) => {
          if (!open) setAsked(null);
        }}
        title={isAll ? 'Sign out everywhere?' : `End the session “${asked?.client ?? ''}”?`}
        confirmLabel={isAll ? 'Sign out everywhere' : 'End session'}
        error={end.error?.message}
        onConfirm={() => (asked === null ? undefined : end.mutateAsync(asked))}
      >
        {isAll ? (
          <p>
            All your sessions end at once, this one too, in browsers and programs, and so do your
            connections to Team Computers. You then sign in again. Verified IPs stay verified: if
            you think somebody has your password, change it too.
          </p>
        ) : asked?.current ? (
          <p>This is the session you are using: you will be signed out here.</p>
        ) : (
          <p>
            The program is signed out at once, and its connections to Team Computers end. To use it
            again, sign in there.
          </p>
        )}
      </ConfirmDialog>
    </Section>
  );
}
