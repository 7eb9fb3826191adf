'use client';

import { useMutation } from '@tanstack/react-query';
import { Monitor } from 'lucide-react';
import { useState } from 'react';
import { ComputersTable } from '@/components/computers-table';
import { ConnectionDialog, type OpenConnection } from '@/components/connection-dialog';
import { RefreshFailed } from '@/components/refresh-failed';
import { Button, ButtonLink } from '@/components/ui/button';
import { Callout } from '@/components/ui/callout';
import { EmptyState } from '@/components/ui/empty-state';
import { api } from '@/lib/client/api';
import { useGatedMutation } from '@/lib/client/gated-mutation';
import { useComputers } from '@/lib/client/queries';
import type { Computer, Connection, Page, TeamSummary } from '@/lib/contract/resources';
import { hasPermission } from '@/lib/policy/roles';

/** The computers that the reader may connect to, and connecting to them. */
export function Computers({
  initial,
  teams,
}: {
  initial: Page<Computer>;
  teams: readonly TeamSummary[];
}) {
  const query = useComputers(initial);
  // What this page has opened, by computer; kept while it lives, so that it can be looked at and ended.
  const [opened, setOpened] = useState<Record<string, OpenConnection>>({});
  const [shownId, setShownId] = useState<string | null>(null);
  const forget = (computerId: string) => setOpened(({ [computerId]: _, ...others }) => others);

  const connect = useGatedMutation({
    mutationFn: (computer: Computer) =>
      api<{ connection: Connection }>('POST', `/computers/${computer.id}/connections`, {}),
    onSuccess: ({ connection }, computer) => {
      const waitMs = Date.parse(connection.expiresAt) - Date.parse(connection.createdAt);
      const added = { computer, connection, waitEndsMs: Date.now() + waitMs };
      setOpened((before) => ({ ...before, [computer.id]: added }));
      setShownId(computer.id);
    },
  });
  const end = useMutation({
    mutationFn: ({ connection }: OpenConnection) =>
      api<void>('DELETE', `/connections/${connection.id}`),
  });
  const shown = shownId === null ? undefined : opened[shownId];
  const start = (computer: Computer) => {
    if (opened[computer.id]) setShownId(computer.id);
    else if (!connect.isPending) connect.mutate(computer);
  };

  return (
    <>
      <RefreshFailed query={query} />
      {connect.error ? (
        <div className="mb-4">
          <Callout
            tone="danger"
            live
            title={`Not connected to ${connect.variables.name}`}
            actions={
              <Button size="sm" onClick={() => start(connect.variables)}>
                Try again
              </Button>
            }
          >
            {connect.error.message}
          </Callout>
        </div>
      ) : null}
      <ComputersTable
        computers={query.data.data}
        teams={teams}
        connectingId={connect.isPending ? connect.variables.id : null}
        connectedIds={Object.keys(opened).filter((id) => id !== shownId)}
        onConnect={start}
        empty={<NoComputers teams={teams} />}
      />
      {shown ? (
        <ConnectionDialog
          key={shown.connection.id}
          opened={shown}
          isRetrying={connect.isPending}
          onRetry={() => {
            forget(shown.computer.id);
            setShownId(null);
            connect.mutate(shown.computer);
          }}
          onEnd={async () => {
            await end.mutateAsync(shown);
          }}
          endError={end.error}
          onClose={(isLive) => {
            setShownId(null);
            end.reset();
            if (!isLive) forget(shown.computer.id);
          }}
        />
      ) : null}
    </>
  );
}

/** The first step differs: who manages computers registers one, others ask somebody who does. */
function NoComputers({ teams }: { teams: readonly TeamSummary[] }) {
  const managed = teams.find(({ role }) => hasPermission(role, 'computers.manage'));
  if (managed) {
    return (
      <EmptyState
        icon={Monitor}
        title="No computers yet"
        action={
          <ButtonLink href={`/teams/${managed.id}/computers`} variant="primary">
            Register a computer
          </ButtonLink>
        }
      >
        The computers that you may connect to are listed here. Begin by registering one for{' '}
        {managed.name}.
      </EmptyState>
    );
  }
  return (
    <EmptyState icon={Monitor} title="No computers yet">
      {teams.length === 0
        ? 'You are in no team. Ask an owner or admin of yours to invite you: its computers are then listed here.'
        : 'The computers that you may connect to are listed here. Ask an owner or admin of your team to give you one.'}
    </EmptyState>
  );
}
