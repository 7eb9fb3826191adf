'use client';

import { Download, Search } from 'lucide-react';
import { useRouter } from 'next/navigation';
import { type RefObject, useEffect, useRef, useTransition } from 'react';
import { Button, ButtonLink } from '@/components/ui/button';
import { buttonClass } from '@/components/ui/button-class';
import { countText, numberText } from '@/components/ui/count-text';
import { Field } from '@/components/ui/field';
import { Input } from '@/components/ui/input';
import { Select, type SelectOption } from '@/components/ui/select';
import { TextLink } from '@/components/ui/text-link';
import { type Place, requestPath } from '@/lib/contract/call-path';
import type { Call, ParamsOf } from '@/lib/contract/endpoints';
import type { CountedPage } from '@/lib/contract/resources';

/** How a list is looked at, as the page's address says it: `query`, `sort`, `cursor`, and its filters. */
export type ListView = Readonly<Record<string, string>>;

/** What is changed of a view; an empty text takes a part away. */
type Change = Readonly<Record<string, string>>;

/** Typing is over when nothing was typed for so long. */
const TYPED_MS = 200;

export type ListState = {
  path: string;
  view: ListView;
  /** The address after a change; whatever is changed but the page begins the list anew. */
  hrefOf: (change: Change) => string;
  go: (change: Change) => void;
  isPending: boolean;
};

/** A list whose state is the page's address: what is seen can be shared, reloaded and gone back to. */
export function useListView(path: string, view: ListView): ListState {
  const router = useRouter();
  const [isPending, startTransition] = useTransition();
  const hrefOf = (change: Change) => {
    const { cursor: _, ...kept } = view;
    const parts = Object.entries({ ...kept, ...change }).filter(([, value]) => value !== '');
    const query = new URLSearchParams(parts).toString();
    return query === '' ? path : `${path}?${query}`;
  };
  return {
    path,
    view,
    hrefOf,
    go: (change) => {
      const href = hrefOf(change);
      if (href !== hrefOf({})) startTransition(() => router.replace(href, { scroll: false }));
    },
    isPending,
  };
}

/** Where the whole of what is found is a file. */
export function exportHref<C extends Extract<Call, `GET ${string}/export`>>(
  name: C,
  { params, query: { cursor: _, ...query } }: { params: ParamsOf<C>; query: ListView },
): string {
  return requestPath(name, { params, query } as unknown as Place<C>);
}

export type ListFilter = {
  /** Its name in the address. */
  name: string;
  label: string;
  /** The first is for all, with an empty value. */
  options: readonly SelectOption[];
};

/**
 * What a list is searched and filtered by. A plain form of the page's own address, which works before scripts
 * have loaded; with them it answers as one types, and `/` leads into it.
 */
export function ListSearch({
  list,
  label,
  filters = [],
  exportHref,
}: {
  list: ListState;
  label: string;
  filters?: readonly ListFilter[];
  /** The whole of what is found, as a file. */
  exportHref?: string;
}) {
  const form = useRef<HTMLFormElement>(null);
  const field = useRef<HTMLInputElement>(null);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const { path, view, go } = list;
  const names = ['query', ...filters.map(({ name }) => name)];
  const isFiltered = names.some((name) => view[name] !== undefined);
  useSlash(field);
  useEffect(() => () => clearTimeout(timer.current), []);

  const apply = () => {
    clearTimeout(timer.current);
    if (!form.current) return;
    const data = new FormData(form.current);
    go(Object.fromEntries(names.map((name) => [name, `${data.get(name) ?? ''}`.trim()])));
  };
  const latestApply = useRef(apply);
  latestApply.current = apply;

  // What the address holds wins, but over what is just being typed, or was before scripts had loaded.
  const held = JSON.stringify(view);
  const isMade = useRef(false);
  useEffect(() => {
    if (!isMade.current) {
      isMade.current = true;
      return latestApply.current();
    }
    const now = JSON.parse(held) as ListView;
    for (const control of controlsOf(form.current))
      if (control !== document.activeElement) control.value = now[control.name] ?? '';
  }, [held]);
  return (
    <search>
      <form
        ref={form}
        action={path}
        method="get"
        autoComplete="off"
        className="mb-4 flex flex-wrap items-center gap-2"
        onSubmit={(event) => {
          event.preventDefault();
          apply();
        }}
        onChange={({ target }) => {
          clearTimeout(timer.current);
          timer.current = setTimeout(apply, target instanceof HTMLSelectElement ? 0 : TYPED_MS);
        }}
      >
        <Field label={label} labelHidden className="min-w-56 flex-1">
          <span className="relative block">
            <Search
              aria-hidden
              className="pointer-events-none absolute top-1/2 left-3 size-4 -translate-y-1/2 text-muted"
            />
            <Input
              ref={field}
              type="search"
              name="query"
              spellCheck={false}
              maxLength={100}
              placeholder={label}
              aria-keyshortcuts="/"
              defaultValue={view.query}
              className="pl-9"
            />
          </span>
        </Field>
        {filters.map(({ name, label, options }) => (
          <Field key={name} label={label} labelHidden className="max-sm:flex-1">
            <Select name={name} defaultValue={view[name] ?? ''} options={options} />
          </Field>
        ))}
        {Object.entries(view)
          .filter(([name]) => name !== 'cursor' && !names.includes(name))
          .map(([name, value]) => (
            <input key={name} type="hidden" name={name} value={value} />
          ))}
        <noscript>
          <Button type="submit">Search</Button>
        </noscript>
        {exportHref ? (
          <a href={exportHref} download className={buttonClass()}>
            <Download aria-hidden className="size-4 shrink-0" />
            <span>Export CSV</span>
          </a>
        ) : null}
        {isFiltered ? (
          <TextLink
            href={list.hrefOf(Object.fromEntries(names.map((name) => [name, ''])))}
            onClick={(event) => {
              event.preventDefault();
              for (const control of controlsOf(form.current)) control.value = '';
              field.current?.focus();
              apply();
            }}
          >
            Clear
          </TextLink>
        ) : null}
      </form>
    </search>
  );
}

/** What is filled in or chosen. */
function controlsOf(form: HTMLFormElement | null) {
  return [...(form?.elements ?? [])].filter(
    (control): control is HTMLInputElement | HTMLSelectElement =>
      (control instanceof HTMLInputElement && control.type !== 'hidden') ||
      control instanceof HTMLSelectElement,
  );
}

/** `/` leads into the search, as on many sites; not where something is typed, or a dialog is open. */
function useSlash(field: RefObject<HTMLInputElement | null>): void {
  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      const { target } = event;
      const isTyping =
        target instanceof Element &&
        target.closest('input:not([type=checkbox]), textarea, select, dialog, [role=menu]');
      if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey || isTyping) return;
      event.preventDefault();
      field.current?.focus();
      field.current?.select();
    };
    document.addEventListener('keydown', listen);
    return () => document.removeEventListener('keydown', listen);
  }, [field]);
}

/** Under a list: which of its rows are shown, and the way to the others. */
export function Pager({
  list,
  page: { data, total, before, previousCursor, nextCursor },
  noun,
}: {
  list: ListState;
  page: CountedPage<unknown>;
  /** What one of them is, such as "member". */
  noun: string;
}) {
  const wasPressed = useRef(false);
  const status = useRef<HTMLParagraphElement>(null);
  // The link goes with the first page, or the last: who pressed it stays at the list's end.
  useEffect(() => {
    if (wasPressed.current && before >= 0 && document.activeElement === document.body)
      status.current?.focus();
    wasPressed.current = false;
  }, [before]);
  const shown =
    data.length === total
      ? countText(total, noun)
      : `${numberText(before + 1)}–${numberText(before + data.length)} of ${countText(total, noun)}`;
  return (
    <nav
      aria-label={`Pages of ${noun}s`}
      className="mt-4 flex flex-wrap items-center justify-between gap-3"
    >
      <p ref={status} tabIndex={-1} role="status" className="text-muted tabular-nums">
        <span>{total === 0 ? '' : shown}</span>
        <span className="sr-only">{list.isPending ? ' Loading' : ''}</span>
      </p>
      <div
        className="flex gap-2"
        onClickCapture={() => {
          wasPressed.current = true;
        }}
      >
        {before > 0 ? (
          <ButtonLink size="sm" href={list.hrefOf({ cursor: previousCursor ?? '' })}>
            Previous
          </ButtonLink>
        ) : null}
        {nextCursor !== null ? (
          <ButtonLink size="sm" href={list.hrefOf({ cursor: nextCursor })}>
            Next
          </ButtonLink>
        ) : null}
      </div>
    </nav>
  );
}
