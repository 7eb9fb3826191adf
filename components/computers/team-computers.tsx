'use client';

import { useQueryClient } from '@tanstack/react-query';
import { MonitorCog, Plus } from 'lucide-react';
import { useState } from 'react';
import { TeamComputersTable } from '@/components/computers/team-computers-table';
import { HiddenNetworks } from '@/components/gate/hidden-networks';
import {
  BringOnlineDialog,
  EditComputerDialog,
  RegisterDialog,
} from '@/components/register/dialogs';
import { MoreRows } from '@/components/shell/more-rows';
import { RefreshFailed } from '@/components/shell/refresh-failed';
import { isSearchable, NothingFound, SearchField } from '@/components/shell/search-field';
import { Address } from '@/components/ui/address';
import { Button } from '@/components/ui/button';
import { Callout } from '@/components/ui/callout';
import { ConfirmDialog } from '@/components/ui/confirm-dialog';
import { EmptyState } from '@/components/ui/empty-state';
import { PageHeader } from '@/components/ui/page-header';
import { RelativeTime } from '@/components/ui/relative-time';
import type { ManagedComputer, NewComputer, Page } from '@/lib/contract/resources';
import { call } from '@/lib/react/call';
import { useGatedMutation } from '@/lib/react/gated-mutation';
import { refreshComputers, useLiveTeamComputers } from '@/lib/react/live-computers';
import { useSearch } from '@/lib/react/search';

const description =
  'The computers that members connect to. Each proves itself by a host key of its own.';

/** What is open over the list. */
type Open =
  | { what: 'register' }
  | { what: 'edit' | 'rotate' | 'remove'; computer: ManagedComputer }
  | null;

/** The Team Computers, for those who manage them. */
export function TeamComputers({
  teamId,
  initial,
}: {
  teamId: string;
  initial: Page<ManagedComputer>;
}) {
  const queries = useQueryClient();
  const { q, text, setText } = useSearch();
  const query = useLiveTeamComputers(teamId, q === undefined ? initial : undefined, q);
  const [open, setOpen] = useState<Open>(null);
  const [shown, setShown] = useState<NewComputer | null>(null);
  const refresh = () => refreshComputers(queries, teamId);
  const rotate = useGatedMutation({
    mutationFn: (id: string) =>
      call('POST /teams/{teamId}/computers/{id}/keys', { params: { teamId, id }, body: {} }),
    onSuccess: (created) => setShown(created),
  });
  const remove = useGatedMutation({
    mutationFn: (id: string) =>
      call('DELETE /teams/{teamId}/computers/{id}', { params: { teamId, id } }),
    onSuccess: refresh,
  });
  const show = (next: Open) => {
    rotate.reset();
    remove.reset();
    setOpen(next);
  };
  const close = () => setOpen(null);
  const name = open && 'computer' in open ? open.computer.name : '';
  const id = open && 'computer' in open ? open.computer.id : '';

  return (
    <>
      <PageHeader
        title="Team Computers"
        description={description}
        actions={
          <Button variant="primary" icon={Plus} onClick={() => show({ what: 'register' })}>
            Register
          </Button>
        }
      />
      <RefreshFailed query={query} />
      <HiddenNetworks among={query.rows} />
      {query.rows.map((computer) =>
        computer.duplicate ? (
          <DuplicateKey
            key={computer.id}
            name={computer.name}
            duplicate={computer.duplicate}
            onRotate={() => show({ what: 'rotate', computer })}
          />
        ) : null,
      )}
      {isSearchable(initial) ? (
        <SearchField label="Find a computer" value={text} onChange={setText} />
      ) : null}
      <TeamComputersTable
        computers={query.rows}
        onAct={(what, computer) => show({ what, computer })}
        empty={
          q === undefined ? (
            <EmptyState
              icon={MonitorCog}
              title="No computer yet"
              action={
                <Button icon={Plus} onClick={() => show({ what: 'register' })}>
                  Register a computer
                </Button>
              }
            >
              Register the first one. You get one command to run on it, and it is online.
            </EmptyState>
          ) : (
            <NothingFound text={text} />
          )
        }
      />
      <MoreRows more={query.more} shown={query.rows.length} noun="computers" />
      {open?.what === 'register' ? <RegisterDialog teamId={teamId} onClose={close} /> : null}
      {open?.what === 'edit' ? (
        <EditComputerDialog
          computer={open.computer}
          teamId={teamId}
          onClose={close}
          onSaved={async () => {
            close();
            await refresh();
          }}
        />
      ) : null}
      <ConfirmDialog
        open={open?.what === 'rotate'}
        onOpenChange={(next) => {
          if (!next) close();
        }}
        title={`New host key for ${name}?`}
        confirmLabel="Make a new key"
        error={rotate.error?.message}
        onConfirm={() => rotate.mutateAsync(id)}
      >
        <p>
          {open?.what === 'rotate' && !open.computer.host
            ? 'Its key was shown once, so it gets another one with the command to run. The one before stops working.'
            : 'The present key stops working at once, and connections to this computer end. It stays offline until the command that you get next is run on it.'}
        </p>
      </ConfirmDialog>
      <ConfirmDialog
        open={open?.what === 'remove'}
        onOpenChange={(next) => {
          if (!next) close();
        }}
        title={`Remove ${name}?`}
        confirmLabel="Remove"
        error={remove.error?.message}
        onConfirm={() => remove.mutateAsync(id)}
      >
        <p>
          Nobody can connect to it any more, connections to it end, and its host key stops working.
          To use it again, register it anew.
        </p>
      </ConfirmDialog>
      {shown ? <BringOnlineDialog created={shown} onClose={() => setShown(null)} /> : null}
    </>
  );
}

/** A second program has the key of a computer. It was turned away, but somebody has to say whose it is. */
function DuplicateKey({
  name,
  duplicate: { address, at },
  onRotate,
}: {
  name: string;
  duplicate: NonNullable<ManagedComputer['duplicate']>;
  onRotate: () => void;
}) {
  return (
    <div className="mb-4">
      <Callout
        tone="danger"
        title={`Two programs use the key of ${name}`}
        actions={
          <Button size="sm" onClick={onRotate}>
            New host key…
          </Button>
        }
      >
        <p>
          <span>The one that was there keeps its place. The other was turned away, last </span>
          <RelativeTime at={at} />
          <span>, from </span>
          <Address value={address} />
          <span>
            . If you started both, stop one. If not, the key was copied: make a new one, and set it
            up on the computer. This notice goes then.
          </span>
        </p>
      </Callout>
    </div>
  );
}
