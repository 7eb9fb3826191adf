'use client';

import { useQueryClient } from '@tanstack/react-query';
import { KeyRound, Plus } from 'lucide-react';
import dynamic from 'next/dynamic';
import { useState } from 'react';
import { AddDomainDialog } from '@/components/providers/add-domain-dialog';
import { EndpointsDialog } from '@/components/providers/endpoints-dialog';
import { type ProviderAct, ProviderCard } from '@/components/providers/provider-card';
import { StaleLogInDialog } from '@/components/providers/stale-log-in-dialog';
import { MoreRows } from '@/components/shell/more-rows';
import { RefreshFailed } from '@/components/shell/refresh-failed';
import { Button } from '@/components/ui/button';
import { ConfirmDialog } from '@/components/ui/confirm-dialog';
import { EmptyState } from '@/components/ui/empty-state';
import { PageHeader } from '@/components/ui/page-header';
import { SHORT_PAGE } from '@/lib/contract/paging';
import type { Page } from '@/lib/contract/resources';
import type { Provider } from '@/lib/contract/sso';
import { call } from '@/lib/react/call';
import { useGatedMutation } from '@/lib/react/gated-mutation';
import { usePages } from '@/lib/react/queries';

const ProviderDialog = dynamic(
  () => import('@/components/providers/provider-dialog').then((module) => module.ProviderDialog),
  { ssr: false },
);

const title = 'Single sign-on';
const description =
  'The identity providers through which members of the team sign in, and verify their networks.';

type Open = { what: 'add' } | { what: ProviderAct; id: string } | null;

/** The identity providers of a team. */
export function Providers({
  teamId,
  initial,
  mayChange,
}: {
  teamId: string;
  initial: Page<Provider>;
  /** Owners may. */
  mayChange: boolean;
}) {
  const queries = useQueryClient();
  const query = usePages(
    'GET /teams/{teamId}/sso-connections',
    { params: { teamId }, query: SHORT_PAGE },
    initial,
  );
  const providers = query.rows;
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
  const chosen = open && 'id' in open ? (providers.find(({ id }) => id === open.id) ?? null) : null;
  /** The provider that a kind of window is open on. */
  const on = (what: ProviderAct) => (open?.what === what ? chosen : null);
  const removed = on('remove');
  const add = mayChange ? (
    <Button variant="primary" icon={Plus} onClick={() => show({ what: 'add' })}>
      Add a provider
    </Button>
  ) : null;

  return (
    <>
      <PageHeader
        title={title}
        description={description}
        actions={providers.length > 0 ? add : null}
      />
      <RefreshFailed query={query} />
      {mayChange ? null : (
        <p className="mb-4 text-muted">Only owners of the team change these providers.</p>
      )}
      {providers.length === 0 ? (
        <EmptyState icon={KeyRound} title="No provider yet" action={add}>
          Connect the identity provider of your company, by OpenID Connect or SAML. Members whose
          e-mail domain it serves then sign in there, without a password here.
        </EmptyState>
      ) : (
        <div className="flex flex-col gap-5">
          {providers.map((provider) => (
            <ProviderCard
              key={provider.id}
              teamId={teamId}
              provider={provider}
              mayChange={mayChange}
              onAct={(what) => show({ what, id: provider.id })}
              onChanged={refresh}
            />
          ))}
        </div>
      )}
      <MoreRows more={query.more} shown={providers.length} noun="providers" />
      {open?.what === 'add' || open?.what === 'edit' ? (
        <ProviderDialog
          teamId={teamId}
          provider={on('edit')}
          onClose={close}
          onSaved={async (saved, isNew) => {
            await refresh();
            if (isNew) show({ what: 'endpoints', id: saved.id });
            else close();
          }}
        />
      ) : null}
      <EndpointsDialog provider={on('endpoints')} onClose={close} />
      <AddDomainDialog
        teamId={teamId}
        provider={on('add-domain')}
        onClose={close}
        onAdded={async () => {
          await refresh();
          close();
        }}
      />
      <StaleLogInDialog
        teamId={teamId}
        provider={on('stale-log-in')}
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
          are known by another provider.
        </p>
      </ConfirmDialog>
    </>
  );
}
