'use client';

import { X } from 'lucide-react';
import Link from 'next/link';
import { useRouter } from 'next/navigation';
import { type FormEvent, type ReactNode, useTransition } from 'react';
import { MemberInput } from '@/components/activity/member-input';
import {
  type ActivitySearch,
  isFiltered,
  type NamedPart,
  type Range,
  searchHref,
} from '@/components/activity/search-href';
import { eventTypeLabel } from '@/components/events/event-text';
import { Button, ButtonLink } from '@/components/ui/button';
import { classNames } from '@/components/ui/class-names';
import { Field } from '@/components/ui/field';
import { Input } from '@/components/ui/input';
import type { EventGroup } from '@/lib/policy/event-groups';

const CHIPS: readonly (readonly [EventGroup | '', string])[] = [
  ['', 'All'],
  ['blocked', 'Blocked'],
  ['sign-ins', 'Sign-ins'],
  ['connections', 'Connections'],
  ['changes', 'Changes'],
];

const RANGE_WORDS: readonly (readonly [Range, string])[] = [
  ['', 'Any time'],
  ['today', 'Today'],
  ['7d', '7 days'],
  ['30d', '30 days'],
];

const NAMED_WORDS: Record<NamedPart, string> = {
  userId: 'Member',
  actorId: 'Done by',
  sessionId: 'Session',
  computerId: 'Computer',
  requestId: 'Request',
  network: 'Network',
  action: 'Action',
  finding: 'Finding',
};

/**
 * The filter of the activity: links, and plain forms of the page's own address, so that what is filtered can be
 * shared as a link, and works before scripts have loaded.
 */
export function ActivityFilter({
  path,
  search,
  teamId,
  zone,
  fault,
  names,
  savedFilters,
}: {
  /** The page. */
  path: string;
  search: ActivitySearch;
  teamId: string;
  /** Of the viewer. */
  zone: string;
  /** Why nothing is found by what was typed. */
  fault: ReactNode;
  /** What ids in the filter stand for. */
  names: Partial<Record<NamedPart, string>>;
  /** The filters that have a name. */
  savedFilters: readonly { id: string; name: string }[];
}) {
  const href = (change: Partial<ActivitySearch>) => searchHref(path, search, change);
  const { types, named } = search;
  const saved = savedFilters.find(({ id }) => id === search.saved);
  const others = savedFilters.filter(({ id }) => id !== search.saved);
  return (
    <div className="mb-4 flex flex-col gap-3">
      <nav aria-label="Kinds of events" className="flex flex-wrap gap-2">
        {CHIPS.map(([show, label]) => (
          <Chip
            key={show}
            href={href({ show, types: [] })}
            isCurrent={search.show === show && types.length === 0}
          >
            {label}
          </Chip>
        ))}
      </nav>
      <div className="flex flex-wrap items-start gap-x-6 gap-y-3">
        <SearchForm path={path} search={search} teamId={teamId} fault={fault} />
        <RangeChoice path={path} search={search} zone={zone} />
      </div>
      {saved || types.length > 0 || Object.keys(named).length > 0 || others.length > 0 ? (
        <ul aria-label="Filters" className="flex flex-wrap gap-2">
          {saved ? <Part href={href({ saved: '' })} label="Filter" value={saved.name} /> : null}
          {types.map((type) => (
            <Part
              key={type}
              href={href({ types: types.filter((other) => other !== type) })}
              label="Event"
              value={eventTypeLabel(type)}
            />
          ))}
          {(Object.entries(named) as [NamedPart, string][]).map(([name, value]) => {
            const { [name]: _, ...rest } = named;
            return (
              <Part
                key={name}
                href={href({ named: rest })}
                label={NAMED_WORDS[name]}
                value={names[name] ?? value}
              />
            );
          })}
          {others.map(({ id, name }) => (
            <li key={id}>
              <Chip href={`${path}?saved=${id}`} isCurrent={false}>
                {name}
              </Chip>
            </li>
          ))}
        </ul>
      ) : null}
      {isFiltered(search) ? (
        <div>
          <ButtonLink href={path} size="sm">
            Clear
          </ButtonLink>
        </div>
      ) : null}
    </div>
  );
}

function Chip({
  href,
  isCurrent,
  children,
}: {
  href: string;
  isCurrent: boolean;
  children: ReactNode;
}) {
  return (
    <Link
      prefetch={false}
      href={href}
      aria-current={isCurrent ? 'true' : undefined}
      className={classNames(
        'inline-flex min-h-8 max-w-full items-center rounded-full border px-3 py-1 text-[0.8125rem] font-medium pointer-coarse:min-h-10',
        isCurrent
          ? 'border-accent bg-accent-soft text-accent-ink forced-colors:border-[Highlight]'
          : 'border-control/50 bg-surface hover:bg-sunken',
      )}
    >
      <span className="wrap-anywhere">{children}</span>
    </Link>
  );
}

/** A part of the filter, and how it is taken away. */
function Part({ href, label, value }: { href: string; label: string; value: string }) {
  return (
    <li className="inline-flex min-h-8 max-w-full items-center gap-1 rounded-full border border-accent bg-accent-soft py-0.5 pr-1 pl-3 text-[0.8125rem]">
      <span className="min-w-0 wrap-anywhere">{`${label}: ${value}`}</span>
      <Link
        prefetch={false}
        href={href}
        aria-label={`Without ${label.toLowerCase()} ${value}`}
        className="flex size-6 shrink-0 items-center justify-center rounded-full hover:bg-surface pointer-coarse:size-9"
      >
        <X aria-hidden className="size-3.5" />
      </Link>
    </li>
  );
}

/** Sends a form of the page's own address without a load; before scripts have loaded the browser does it. */
function useAddressForm(path: string) {
  const router = useRouter();
  const [isPending, startTransition] = useTransition();
  const onSubmit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const params = new URLSearchParams();
    for (const [name, value] of new FormData(event.currentTarget)) {
      if (typeof value === 'string' && value !== '') params.append(name, value);
    }
    startTransition(() => router.push(params.size > 0 ? `${path}?${params}` : path));
  };
  return { isPending, onSubmit };
}

/** What the address holds beside the fields of a form. */
function Kept({ search, but }: { search: ActivitySearch; but: readonly string[] }) {
  const kept = [...new URL(searchHref('http://page/', search)).searchParams].filter(
    ([name]) => !but.includes(name),
  );
  return kept.map(([name, value]) => (
    <input key={`${name} ${value}`} type="hidden" name={name} value={value} />
  ));
}

function SearchForm({
  path,
  search,
  teamId,
  fault,
}: {
  path: string;
  search: ActivitySearch;
  teamId: string;
  fault: ReactNode;
}) {
  const { isPending, onSubmit } = useAddressForm(path);
  return (
    <search className="min-w-0 flex-1 basis-80">
      <form action={path} method="get" className="flex items-start gap-2" onSubmit={onSubmit}>
        <Kept search={search} but={['q', 'userId', 'computerId', 'network']} />
        <Field label="Member, address or computer" labelHidden error={fault} className="flex-1">
          <MemberInput
            teamId={teamId}
            name="q"
            placeholder="Member, address or computer"
            defaultValue={search.q}
          />
        </Field>
        <Button type="submit" variant="primary" pending={isPending}>
          Search
        </Button>
      </form>
    </search>
  );
}

function RangeChoice({
  path,
  search,
  zone,
}: {
  path: string;
  search: ActivitySearch;
  zone: string;
}) {
  const { isPending, onSubmit } = useAddressForm(path);
  return (
    <div className="flex min-w-0 flex-col gap-2">
      <nav aria-label="Time" className="flex flex-wrap gap-2">
        {RANGE_WORDS.map(([range, label]) => (
          <Chip
            key={range}
            href={searchHref(path, search, { range, from: '', to: '' })}
            isCurrent={search.range === range}
          >
            {label}
          </Chip>
        ))}
      </nav>
      <details open={search.range === 'custom'} className="text-[0.8125rem]">
        <summary className="w-fit cursor-pointer rounded-sm text-muted hover:text-ink pointer-coarse:py-2">
          <span>{`Choose days, in ${zone === 'UTC' ? 'UTC' : zone.replaceAll('_', ' ')}`}</span>
        </summary>
        <form
          action={path}
          method="get"
          className="mt-2 flex flex-wrap items-end gap-2"
          onSubmit={onSubmit}
        >
          <Kept search={search} but={['range', 'from', 'to']} />
          <input type="hidden" name="range" value="custom" />
          <Field label="From" className="flex-1 basis-36">
            <Input
              type="date"
              name="from"
              defaultValue={search.from}
              max={search.to || undefined}
            />
          </Field>
          <Field label="To" className="flex-1 basis-36">
            <Input type="date" name="to" defaultValue={search.to} />
          </Field>
          <Button type="submit" pending={isPending}>
            Show
          </Button>
        </form>
      </details>
    </div>
  );
}
