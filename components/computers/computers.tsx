'use client';

import { Monitor } from 'lucide-react';
import { useState } from 'react';
import { ComputersTable } from '@/components/computers/computers-table';
import { RegisterDialog } from '@/components/register/dialogs';
import { Interrupted } from '@/components/shell/interrupted';
import { MoreRows } from '@/components/shell/more-rows';
import { RefreshFailed } from '@/components/shell/refresh-failed';
import { isSearchable, NothingFound, SearchField } from '@/components/shell/search-field';
import { Button } from '@/components/ui/button';
import { EmptyState } from '@/components/ui/empty-state';
import type { Computer, Page, TeamSummary } from '@/lib/contract/resources';
import { hasPermission } from '@/lib/policy/roles';
import { useLiveComputers } from '@/lib/react/live-computers';
import { useSearch } from '@/lib/react/search';

/** The computers that the reader may connect to, with who is online as it happens. */
export function Computers({
  initial,
  teams,
}: {
  initial: Page<Computer>;
  teams: readonly TeamSummary[];
}) {
  const { q, text, setText } = useSearch();
  const [isRegistering, setRegistering] = useState(false);
  const managed = teams.find(({ role }) => hasPermission(role, 'computers.manage'));
  const query = useLiveComputers(q === undefined ? initial : undefined, q);
  return (
    <>
      <RefreshFailed query={query} />
      {isSearchable(initial) ? (
        <SearchField label="Find a computer" value={text} onChange={setText} />
      ) : null}
      <ComputersTable
        computers={query.rows}
        teams={teams}
        empty={
          q === undefined ? (
            <NoComputers
              managed={managed}
              isInTeam={teams.length > 0}
              onRegister={() => setRegistering(true)}
            />
          ) : (
            <NothingFound text={text} />
          )
        }
      />
      <MoreRows more={query.more} shown={query.rows.length} noun="computers" />
      <div className="mt-3">
        <Interrupted />
      </div>
      {managed && isRegistering ? (
        <RegisterDialog teamId={managed.id} onClose={() => setRegistering(false)} />
      ) : null}
    </>
  );
}

/** The first step differs: who manages computers registers one, others ask somebody who does. */
function NoComputers({
  managed,
  isInTeam,
  onRegister,
}: {
  /** A team whose computers the reader manages. */
  managed: TeamSummary | undefined;
  isInTeam: boolean;
  onRegister: () => void;
}) {
  if (managed) {
    return (
      <EmptyState
        icon={Monitor}
        title="No computers yet"
        action={
          <Button variant="primary" onClick={onRegister}>
            Register a computer
          </Button>
        }
      >
        The computers that you may connect to are listed here. Begin by registering one for{' '}
        {managed.name}.
      </EmptyState>
    );
  }
  return (
    <EmptyState icon={Monitor} title="No computers yet">
      {isInTeam
        ? 'The computers that you may connect to are listed here. Ask an owner or admin of your team to give you one.'
        : 'You are in no team. Ask an owner or admin of yours to invite you: its computers are then listed here.'}
    </EmptyState>
  );
}
