'use client';

import { useQueryClient } from '@tanstack/react-query';
import { MonitorCog, Plus, SearchX, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { TeamComputersTable } from '@/components/computers/team-computers-table';
import { HiddenNetworks } from '@/components/gate/hidden-networks';
import {
  BringOnlineDialog,
  EditComputerDialog,
  RegisterDialog,
} from '@/components/register/dialogs';
import {
  exportHref,
  ListSearch,
  type ListView,
  Pager,
  useListView,
} from '@/components/shell/list-view';
import { RefreshFailed } from '@/components/shell/refresh-failed';
import { BulkDialog, SelectionBar, useSelection } from '@/components/shell/selection';
import { Address } from '@/components/ui/address';
import { Button } from '@/components/ui/button';
import { Callout } from '@/components/ui/callout';
import { ConfirmDialog } from '@/components/ui/confirm-dialog';
import { countText } from '@/components/ui/count-text';
import { EmptyState } from '@/components/ui/empty-state';
import { PageHeader } from '@/components/ui/page-header';
import { RelativeTime } from '@/components/ui/relative-time';
import type { CountedPage, ManagedComputer, NewComputer } from '@/lib/contract/resources';
import { call } from '@/lib/react/call';
import { useGatedMutation } from '@/lib/react/gated-mutation';
import { refreshComputers, useLiveTeamComputers } from '@/lib/react/live-computers';

const description =
  'The computers that members connect to. Each proves itself by a host key of its own.';

const filters = [
  {
    name: 'state',
    label: 'State',
    options: [
      { value: '', label: 'State: any' },
      { value: 'online', label: 'Online' },
      { value: 'offline', label: 'Offline' },
    ],
  },
];

/** What is open over the list. */
type Open =
  | { what: 'register' }
  | { what: 'edit' | 'rotate' | 'remove'; computer: ManagedComputer }
  | null;

/** The Team Computers, for those who manage them. */
export function TeamComputers({
  teamId,
  view,
  initial,
}: {
  teamId: string;
  /** What the page's address asks for. */
  view: ListView;
  initial: CountedPage<ManagedComputer>;
}) {
  const queries = useQueryClient();
  const list = useListView(`/teams/${teamId}/computers`, view);
  const query = useLiveTeamComputers(teamId, initial, view);
  const { data: computers } = query.data;
  const chosen = useSelection(
    computers,
    (computer) => computer.id,
    (computer) => computer.name,
  );
  const [isRemoving, setIsRemoving] = useState(false);
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
      <HiddenNetworks among={computers} />
      {computers.map((computer) =>
        computer.duplicate ? (
          <DuplicateKey
            key={computer.id}
            name={computer.name}
            duplicate={computer.duplicate}
            onRotate={() => show({ what: 'rotate', computer })}
          />
        ) : null,
      )}
      {query.data.total > 0 || Object.keys(view).length > 0 ? (
        <ListSearch
          list={list}
          label="Search computers"
          filters={filters}
          exportHref={exportHref('GET /teams/{teamId}/computers/export', {
            params: { teamId },
            query: view,
          })}
        />
      ) : null}
      <SelectionBar chosen={chosen}>
        <Button size="sm" icon={Trash2} onClick={() => setIsRemoving(true)}>
          Remove…
        </Button>
      </SelectionBar>
      <TeamComputersTable
        computers={computers}
        onAct={(what, computer) => show({ what, computer })}
        sorting={{
          value: view.sort ?? 'online',
          hrefOf: (sort) => list.hrefOf({ sort: sort === 'online' ? '' : sort }),
        }}
        selection={chosen}
        empty={
          Object.keys(view).length === 0 ? (
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
            <EmptyState icon={SearchX} title="No computer fits this search">
              Type a part of a name, or clear the search.
            </EmptyState>
          )
        }
      />
      <Pager list={list} page={query.data} noun="computer" />
      <BulkDialog
        chosen={chosen}
        open={isRemoving}
        onClose={() => setIsRemoving(false)}
        title={`Remove ${countText(chosen.rows.length, 'computer')}?`}
        confirmLabel="Remove"
        act={(computer) =>
          call('DELETE /teams/{teamId}/computers/{id}', { params: { teamId, id: computer.id } })
        }
      >
        <p>
          Nobody can connect to them any more, connections to them end, and their host keys stop
          working. To use one again, register it anew.
        </p>
      </BulkDialog>
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
