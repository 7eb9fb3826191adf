'use client';

import { useRouter } from 'next/navigation';
import { useTransition } from 'react';
import { MemberInput } from '@/components/activity/member-input';
import { eventTypeOptions } from '@/components/events/event-text';
import { Button, ButtonLink } from '@/components/ui/button';
import { Field } from '@/components/ui/field';
import { Input } from '@/components/ui/input';
import { Select } from '@/components/ui/select';

/** What the page's address holds: a member's e-mail or id; dates as `2026-11-22`, days of UTC, both included. */
export type ActivityFilterValues = { type: string; userId: string; from: string; to: string };

/**
 * The filter of the activity. It is a plain form of the page's own address, so that what is filtered
 * can be shared as a link, and works before scripts have loaded.
 */
export function ActivityFilter({
  path,
  values,
  teamId,
  memberFault,
}: {
  /** The page. */
  path: string;
  values: ActivityFilterValues;
  teamId: string;
  /** Why nobody is found by what the address names. */
  memberFault: string | undefined;
}) {
  const router = useRouter();
  const [isPending, startTransition] = useTransition();
  const isFiltered = Object.values(values).some((value) => value !== '');
  return (
    <search>
      <form
        action={path}
        method="get"
        className="mb-4 grid grid-cols-2 items-end gap-3 lg:items-start lg:grid-cols-[minmax(0,1.3fr)_minmax(0,1.3fr)_minmax(0,1fr)_minmax(0,1fr)_auto]"
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
        <Field label="Member" error={memberFault} className="max-lg:col-span-2">
          <MemberInput
            teamId={teamId}
            name="userId"
            placeholder="Everybody, or an e-mail"
            defaultValue={values.userId}
          />
        </Field>
        <Field label="From (UTC)">
          <Input type="date" name="from" defaultValue={values.from} max={values.to || undefined} />
        </Field>
        <Field label="To (UTC)">
          <Input type="date" name="to" defaultValue={values.to} />
        </Field>
        <div className="col-span-2 flex gap-2 lg:col-span-1 lg:mt-6.75">
          <Button type="submit" variant="primary" pending={isPending}>
            Filter
          </Button>
          {isFiltered ? <ButtonLink href={path}>Clear</ButtonLink> : null}
        </div>
      </form>
    </search>
  );
}
