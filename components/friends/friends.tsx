'use client';

import { useQueryClient } from '@tanstack/react-query';
import { Handshake } from 'lucide-react';
import { useState } from 'react';
import { AddFriend } from '@/components/friends/add-friend';
import { type FriendAct, FriendsTable } from '@/components/friends/friends-table';
import { MoreRows } from '@/components/shell/more-rows';
import { RefreshFailed } from '@/components/shell/refresh-failed';
import { Callout } from '@/components/ui/callout';
import { ConfirmDialog } from '@/components/ui/confirm-dialog';
import { EmptyState } from '@/components/ui/empty-state';
import { Section } from '@/components/ui/section';
import { SHORT_PAGE } from '@/lib/contract/paging';
import type { Friend, Page } from '@/lib/contract/resources';
import { call } from '@/lib/react/call';
import { useGatedMutation } from '@/lib/react/gated-mutation';
import { queryKey, usePages } from '@/lib/react/queries';

const FAILED: Record<FriendAct, string> = {
  accept: 'Not accepted',
  decline: 'Not declined',
  remove: 'Not removed',
  withdraw: 'Not withdrawn',
};

/** Requests to the reader, friends, and the reader's own requests. */
export function Friends({
  initial,
  unconfirmed,
}: {
  initial: Record<Friend['state'], Page<Friend>>;
  /** The reader's address, where requests to it wait until it is confirmed. */
  unconfirmed: string | null;
}) {
  const queries = useQueryClient();
  const incoming = usePages(
    'GET /friends',
    { query: { ...SHORT_PAGE, state: 'incoming' } },
    initial.incoming,
  );
  const friends = usePages(
    'GET /friends',
    { query: { ...SHORT_PAGE, state: 'friends' } },
    initial.friends,
  );
  const outgoing = usePages(
    'GET /friends',
    { query: { ...SHORT_PAGE, state: 'outgoing' } },
    initial.outgoing,
  );
  const refresh = () => queries.invalidateQueries({ queryKey: queryKey('GET /friends') });
  const change = useGatedMutation({
    mutationFn: ({ act, friend }: { act: FriendAct; friend: Friend }): Promise<unknown> =>
      act === 'accept'
        ? call('POST /friends/{id}/accept', { params: { id: friend.id }, body: {} })
        : call('DELETE /friends/{id}', { params: { id: friend.id } }),
    // Also after a failure: what was changed may be gone already.
    onSettled: refresh,
  });
  const [removing, setRemoving] = useState<Friend | null>(null);
  const table = {
    pending: change.isPending ? change.variables : null,
    onAct: (act: FriendAct, friend: Friend) => {
      change.reset();
      if (act === 'remove') setRemoving(friend);
      else change.mutate({ act, friend });
    },
  };

  return (
    <>
      <RefreshFailed query={[incoming, friends, outgoing].find(({ error }) => error) ?? friends} />
      <AddFriend onAdded={refresh} />
      {change.error && change.variables.act !== 'remove' ? (
        <div className="mt-4">
          <Callout tone="danger" live title={FAILED[change.variables.act]}>
            {change.error.message}
          </Callout>
        </div>
      ) : null}
      {unconfirmed === null ? null : (
        <div className="mt-4">
          <Callout tone="info" title="Requests to you wait">
            <span className="wrap-anywhere">
              Nobody has confirmed yet that {unconfirmed} is yours. Sign out, ask for a new password
              at the sign-in, and open the link that is mailed there.
            </span>
          </Callout>
        </div>
      )}
      {incoming.rows.length > 0 ? (
        <Section title="Requests to you" description="They see your name once you accept.">
          <FriendsTable caption="Requests to you" friends={incoming.rows} {...table} />
          <MoreRows more={incoming.more} shown={incoming.rows.length} noun="requests" />
        </Section>
      ) : null}
      <Section title="Friends">
        <FriendsTable
          caption="Friends"
          friends={friends.rows}
          {...table}
          empty={
            <EmptyState icon={Handshake} title="No friends yet">
              Whoever accepts a request of yours, or whose request you accept, is listed here. Begin
              with an email above.
            </EmptyState>
          }
        />
        <MoreRows more={friends.more} shown={friends.rows.length} noun="friends" />
      </Section>
      {outgoing.rows.length > 0 ? (
        <Section
          title="Your requests"
          description="They wait until they are answered or withdrawn."
        >
          <FriendsTable caption="Your requests" friends={outgoing.rows} {...table} />
          <MoreRows more={outgoing.more} shown={outgoing.rows.length} noun="requests" />
        </Section>
      ) : null}
      <ConfirmDialog
        open={removing !== null}
        onOpenChange={(open) => {
          if (!open) setRemoving(null);
        }}
        title={`Remove ${removing?.name ?? 'this friend'}?`}
        confirmLabel="Remove"
        error={change.error?.message}
        onConfirm={() =>
          removing ? change.mutateAsync({ act: 'remove', friend: removing }) : undefined
        }
      >
        <p>
          You are then no longer friends, on both sides. To become friends again, one of you asks
          the other anew.
        </p>
      </ConfirmDialog>
    </>
  );
}
