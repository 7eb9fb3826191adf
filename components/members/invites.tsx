'use client';

import { useQueryClient } from '@tanstack/react-query';
import { UserPlus } from 'lucide-react';
import { useState } from 'react';
import { RoleBadge } from '@/components/roles/role-badge';
import { MoreRows } from '@/components/shell/more-rows';
import { RefreshFailed } from '@/components/shell/refresh-failed';
import { Button } from '@/components/ui/button';
import { ConfirmDialog } from '@/components/ui/confirm-dialog';
import { type Column, DataTable } from '@/components/ui/data-table';
import { Email } from '@/components/ui/email';
import { EmptyState } from '@/components/ui/empty-state';
import { RelativeTime } from '@/components/ui/relative-time';
import { Section } from '@/components/ui/section';
import { SHORT_PAGE } from '@/lib/contract/paging';
import type { Invite, Page } from '@/lib/contract/resources';
import { call } from '@/lib/react/call';
import { useGatedMutation } from '@/lib/react/gated-mutation';
import { queryKey, usePages } from '@/lib/react/queries';

type Row = { invite: Invite; onRevoke: (invite: Invite) => void };

const columns: readonly Column<Row>[] = [
  {
    header: 'Email',
    isTitle: true,
    cell: ({ invite }) => <Email value={invite.email} />,
  },
  { header: 'Role', cell: ({ invite }) => <RoleBadge role={invite.role} /> },
  { header: 'Sent', cell: ({ invite }) => <RelativeTime at={invite.createdAt} /> },
  { header: 'Ends', cell: ({ invite }) => <RelativeTime at={invite.expiresAt} /> },
  {
    header: 'Actions',
    headerHidden: true,
    isActions: true,
    cell: ({ invite, onRevoke }) => (
      <Button
        size="sm"
        aria-label={`Revoke the invitation of ${invite.email}`}
        onClick={() => onRevoke(invite)}
      >
        Revoke
      </Button>
    ),
  },
];

/** The invitations that wait. Without any there is nothing, but for a team of one: the first step. */
export function Invites({
  teamId,
  initial,
  isAlone,
  onInvite,
}: {
  teamId: string;
  initial: Page<Invite>;
  /** The team has one member. */
  isAlone: boolean;
  onInvite: () => void;
}) {
  const params = { teamId };
  const queries = useQueryClient();
  const query = usePages('GET /teams/{teamId}/invites', { params, query: SHORT_PAGE }, initial);
  const [asked, setAsked] = useState<Invite | null>(null);
  const revoke = useGatedMutation({
    mutationFn: (id: string) =>
      call('DELETE /teams/{teamId}/invites/{id}', { params: { teamId, id } }),
    onSuccess: () =>
      queries.invalidateQueries({ queryKey: queryKey('GET /teams/{teamId}/invites', { params }) }),
  });
  const invites = query.rows;
  if (invites.length === 0 && !isAlone && query.error === null) return null;
  return (
    <Section title="Invitations">
      <RefreshFailed query={query} />
      <DataTable
        caption="Invitations that wait, the latest first"
        columns={columns}
        rows={invites.map((invite) => ({
          invite,
          onRevoke: (chosen: Invite) => {
            revoke.reset();
            setAsked(chosen);
          },
        }))}
        rowKey={({ invite }) => invite.id}
        empty={
          <EmptyState
            icon={UserPlus}
            title="You are alone here so far"
            action={
              <Button icon={UserPlus} onClick={onInvite}>
                Invite somebody
              </Button>
            }
          >
            Invitations wait here until they are accepted. Each is a link that works once.
          </EmptyState>
        }
      />
      <MoreRows more={query.more} shown={invites.length} noun="invitations" />
      <ConfirmDialog
        open={asked !== null}
        onOpenChange={(open) => {
          if (!open) setAsked(null);
        }}
        title={`Revoke the invitation of ${asked?.email ?? ''}?`}
        confirmLabel="Revoke"
        error={revoke.error?.message}
        onConfirm={() => (asked === null ? undefined : revoke.mutateAsync(asked.id))}
      >
        <p>Its link stops working at once. You can invite them again later.</p>
      </ConfirmDialog>
    </Section>
  );
}
