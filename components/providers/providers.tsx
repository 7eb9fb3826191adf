'use client';

import { useQueryClient } from '@tanstack/react-query';
import { KeyRound, Plus } from 'lucide-react';
import { useState } from 'react';
import { AddDomainDialog } from '@/components/providers/add-domain-dialog';
import { EndpointsDialog } from '@/components/providers/endpoints-dialog';
import { type ConnectionAct, ConnectionCard } from '@/components/providers/provider-card';
import { ConnectionDialog } from '@/components/providers/provider-dialog';
import { StaleLogInDialog } from '@/components/providers/stale-log-in-dialog';
import { MoreRows } from '@/components/shell/more-rows';
import { RefreshFailed } from '@/components/shell/refresh-failed';
import { Button } from '@/components/ui/button';
import { ConfirmDialog } from '@/components/ui/confirm-dialog';
import { EmptyState } from '@/components/ui/empty-state';
import { PageHeader } from '@/components/ui/page-header';
import { SHORT_PAGE } from '@/lib/contract/paging';
import type { Page } from '@/lib/contract/resources';
import type { SsoConnection } from '@/lib/contract/sso';
import { call } from '@/lib/react/call';
import { useGatedMutation } from '@/lib/react/gated-mutation';
import { usePages } from '@/lib/react/queries';

const title = 'Single sign-on';
const description =
  'The identity providers through which members of the team sign in, and verify their networks.';

type Open = { what: 'add' } | { what: ConnectionAct; id: string } | null;

/** The identity providers of a team. */
export function SsoConnections({
  teamId,
  initial,
  mayChange,
}: {
  teamId: string;
  initial: Page<SsoConnection>;
  /** Owners may. */
  mayChange: boolean;
}) {
  const queries = useQueryClient();
  const query = usePages(
    'GET /teams/{teamId}/sso-connections',
    { params: { teamId }, query: SHORT_PAGE },
    initial,
  );
  const connections = query.rows;
  const [open, setOpen] = useState<Open>(null);
  // App Rules shows these domains too.
  const refresh = () => queries.invalidateQueries();
  const remove = useGatedMutation({
    mutationFn: (id: string) =>
      call('DELETE /teams/{teamId}/sso-connections/{id}', { params: { teamId, id } }),
    onSuccess: refresh,
  });
  const show = (next: Open) => {
    remove.reset();
    setOpen(next);
  };
  const close = () => setOpen(null);
  const chosen =
    open && 'id' in open ? (connections.find(({ id }) => id === open.id) ?? null) : null;
  /** The connection that a kind of window is open on. */
  const on = (what: ConnectionAct) => (open?.what === what ? chosen : null);
  const removed = on('remove');
  const add = mayChange ? (
    <Button variant="primary" icon={Plus} onClick={() => show({ what: 'add' })}>
      Add a connection
    </Button>
  ) : null;

  return (
    <>
      <PageHeader
        title={title}
        description={description}
        actions={connections.length > 0 ? add : null}
      />
      <RefreshFailed query={query} />
      {mayChange ? null : (
        <p className="mb-4 text-muted">Only owners of the team change these connections.</p>
      )}
      {connections.length === 0 ? (
        <EmptyState icon={KeyRound} title="No connection yet" action={add}>
          Connect the identity provider of your company, by OpenID Connect or SAML. Members whose
          e-mail domain it serves then sign in there, without a password here.
        </EmptyState>
      ) : (
        <div className="flex flex-col gap-5">
          {connections.map((connection) => (
            <ConnectionCard
              key={connection.id}
              teamId={teamId}
              connection={connection}
              mayChange={mayChange}
              onAct={(what) => show({ what, id: connection.id })}
              onChanged={refresh}
            />
          ))}
        </div>
      )}
      <MoreRows more={query.more} shown={connections.length} noun="connections" />
      <ConnectionDialog
        teamId={teamId}
        open={open?.what === 'add' || open?.what === 'edit'}
        connection={on('edit')}
        onClose={close}
        onSaved={async (saved, isNew) => {
          await refresh();
          if (isNew) show({ what: 'endpoints', id: saved.id });
          else close();
        }}
      />
      <EndpointsDialog connection={on('endpoints')} onClose={close} />
      <AddDomainDialog
        teamId={teamId}
        connection={on('add-domain')}
        onClose={close}
        onAdded={async () => {
          await refresh();
          close();
        }}
      />
      <StaleLogInDialog
        teamId={teamId}
        connection={on('stale-log-in')}
        onClose={close}
        onChanged={refresh}
      />
      <ConfirmDialog
        open={removed !== null}
        onOpenChange={(next) => {
          if (!next) close();
        }}
        title={`Remove ${removed?.name}?`}
        confirmLabel="Remove"
        error={remove.error?.message}
        onConfirm={() => remove.mutateAsync(removed?.id ?? '')}
      >
        <p>
          Sessions that began through it end at once, and its domains are not served any more.
          Accounts stay; those without a password can’t sign in until they have one, or until they
          are known by another connection.
        </p>
      </ConfirmDialog>
    </>
  );
}
