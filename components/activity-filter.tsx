'use client';

import { useRouter } from 'next/navigation';
import { useTransition } from 'react';
import { eventTypeOptions } from '@/components/event-text';
import { Button, ButtonLink } from '@/components/ui/button';
import { Field } from '@/components/ui/field';
import { Input } from '@/components/ui/input';
import { Select } from '@/components/ui/select';
import type { UserSummary } from '@/lib/contract/resources';

/** What the page's address holds: dates as `2026-11-22`, days of UTC, both included. */
export type ActivityFilterValues = { type: string; userId: string; from: string; to: string };

/**
 * The filter of the activity. It is a plain form of the page's own address, so that what is filtered
 * can be shared as a link, and works before scripts have loaded.
 */
export function ActivityFilter({
  path,
  values,
  members,
}: {
  /** The page. */
  path: string;
  values: ActivityFilterValues;
  /** Those to choose from; whom the address names is among them. */
  members: readonly Pick<UserSummary, 'id' | 'name'>[];
}) {
  const router = useRouter();
  const [isPending, startTransition] = useTransition();
  const isFiltered = Object.values(values).some((value) => value !== '');
  return (
    <search>
      <form
        action={path}
        method="get"
        className="mb-4 grid grid-cols-2 items-end gap-3 lg:grid-cols-[minmax(0,1.3fr)_minmax(0,1.3fr)_minmax(0,1fr)_minmax(0,1fr)_auto]"
        onSubmit={(event) => {
          event.preventDefault();
          const params = new URLSearchParams();
          for (const [name, value] of new FormData(event.currentTarget)) {
            if (typeof value === 'string' && value !== '') params.set(name, value);
          }
          startTransition(() => router.push(params.size > 0 ? `${path}?${params}` : path));
        }}
      >
        <Field label="Event" className="max-lg:col-span-2">
          <Select
            name="type"
            defaultValue={values.type}
            options={[{ value: '', label: 'All events' }, ...eventTypeOptions]}
          />
        </Field>
        <Field label="Member" className="max-lg:col-span-2">
          <Select
            name="userId"
            defaultValue={values.userId}
            options={[
              { value: '', label: 'Everybody' },
              ...members.map(({ id, name }) => ({ value: id, label: name })),
            ]}
          />
        </Field>
        <Field label="From (UTC)">
          <Input type="date" name="from" defaultValue={values.from} max={values.to || undefined} />
        </Field>
        <Field label="To (UTC)">
          <Input type="date" name="to" defaultValue={values.to} />
        </Field>
        <div className="col-span-2 flex gap-2 lg:col-span-1">
          <Button type="submit" variant="primary" pending={isPending}>
            Filter
          </Button>
          {isFiltered ? <ButtonLink href={path}>Clear</ButtonLink> : null}
        </div>
      </form>
    </search>
  );
}
