'use client';

import { Monitor } from 'lucide-react';
import { ComputersTable } from '@/components/computers/computers-table';
import { Interrupted } from '@/components/shell/interrupted';
import { MoreRows } from '@/components/shell/more-rows';
import { RefreshFailed } from '@/components/shell/refresh-failed';
import { isSearchable, NothingFound, SearchField } from '@/components/shell/search-field';
import { ButtonLink } from '@/components/ui/button';
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
        empty={q === undefined ? <NoComputers teams={teams} /> : <NothingFound text={text} />}
      />
      <MoreRows more={query.more} shown={query.rows.length} noun="computers" />
      <div className="mt-3">
        <Interrupted />
      </div>
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
