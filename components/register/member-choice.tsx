'use client';

import { useState } from 'react';
import { MoreRows } from '@/components/shell/more-rows';
import { RefreshFailed } from '@/components/shell/refresh-failed';
import { SearchField } from '@/components/shell/search-field';
import { Checkbox } from '@/components/ui/checkbox';
import type { QueryOf } from '@/lib/contract/endpoints';
import { usePages } from '@/lib/react/queries';
import { useSearch } from '@/lib/react/search';

/** Chooses members of a team, however many there are: those named already come first, the others by search. */
export function MemberChoice({
  teamId,
  computerId,
  chosen,
  onChoose,
}: {
  teamId: string;
  /** Whose named members come first; null: a new one, which names none. */
  computerId: string | null;
  chosen: ReadonlySet<string>;
  onChoose: (id: string, isChosen: boolean) => void;
}) {
  const { text, setText, q } = useSearch();
  // As it was when the choice began: a box that is unticked does not jump away.
  const [wasChosen] = useState(chosen);
  return (
    <fieldset className="mt-1 flex flex-col gap-2">
      <legend className="sr-only">Members who may connect</legend>
      <SearchField label="Find a member by name or email" value={text} onChange={setText} />
      <div className="flex max-h-64 flex-col gap-2.5 overflow-y-auto rounded-md border border-line p-3">
        {computerId !== null && wasChosen.size > 0 && q === undefined ? (
          <Boxes teamId={teamId} query={{ computerId }} chosen={chosen} onChoose={onChoose} />
        ) : null}
        <Boxes
          teamId={teamId}
          query={{ q }}
          without={q === undefined ? wasChosen : NONE}
          chosen={chosen}
          onChoose={onChoose}
        />
      </div>
      <p role="status" className="text-muted">
        {chosen.size === 1 ? '1 member chosen' : `${chosen.size} members chosen`}
      </p>
    </fieldset>
  );
}

const NONE: ReadonlySet<string> = new Set();

function Boxes({
  teamId,
  query,
  without = NONE,
  chosen,
  onChoose,
}: {
  teamId: string;
  query: QueryOf<'GET /teams/{teamId}/members'>;
  /** Not to be shown twice. */
  without?: ReadonlySet<string>;
  chosen: ReadonlySet<string>;
  onChoose: (id: string, isChosen: boolean) => void;
}) {
  const found = usePages('GET /teams/{teamId}/members', { params: { teamId }, query }, undefined);
  const members = found.rows.filter(({ user }) => !without.has(user.id));
  return (
    <>
      <RefreshFailed query={found} />
      {members.map(({ user }) => (
        <Checkbox
          key={user.id}
          label={user.name}
          hint={user.email}
          checked={chosen.has(user.id)}
          onChange={(event) => onChoose(user.id, event.target.checked)}
        />
      ))}
      {found.more.pages === 0 && found.isFetching ? <p className="text-muted">Loading…</p> : null}
      {found.more.pages > 0 && found.rows.length === 0 ? (
        <p className="text-muted">Nobody found.</p>
      ) : null}
      <MoreRows more={found.more} shown={found.rows.length} noun="members" />
    </>
  );
}
