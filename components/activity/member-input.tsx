'use client';

import { type ComponentProps, useId } from 'react';
import { Input } from '@/components/ui/input';
import { useCall } from '@/lib/react/queries';
import { useSearch } from '@/lib/react/search';

/** As many as a list under a field shows. */
const SHOWN = 10;

/**
 * Takes the email of a member; those whose name or email holds what is typed are offered. Before scripts
 * have loaded it is a plain field.
 */
export function MemberInput({
  teamId,
  defaultValue,
  ...rest
}: Omit<ComponentProps<'input'>, 'list' | 'type' | 'value' | 'onChange'> & { teamId: string }) {
  const listId = useId();
  const { setText, q } = useSearch();
  const { data } = useCall(
    'GET /teams/{teamId}/members',
    { params: { teamId }, query: { q, limit: SHOWN } },
    { enabled: q !== undefined },
  );
  return (
    <>
      <Input
        {...rest}
        list={listId}
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
        maxLength={320}
        defaultValue={defaultValue}
        onChange={(event) => setText(event.target.value.slice(0, 100))}
      />
      <datalist id={listId}>
        {data?.data.map(({ user }) => (
          <option key={user.id} value={user.email}>
            {user.name}
          </option>
        ))}
      </datalist>
    </>
  );
}
