'use client';

import { SearchX } from 'lucide-react';
import { EmptyState } from '@/components/ui/empty-state';
import { Field } from '@/components/ui/field';
import { Input } from '@/components/ui/input';
import type { Page } from '@/lib/contract/resources';

/** As many are seen at a glance. */
const GLANCE_ROWS = 10;

/** Whether a list is long enough to search in it. */
export function isSearchable({ data, nextCursor }: Page<unknown>): boolean {
  return nextCursor !== null || data.length > GLANCE_ROWS;
}

/** Finds rows of a list by what is typed. */
export function SearchField({
  label,
  value,
  onChange,
}: {
  label: string;
  value: string;
  onChange: (text: string) => void;
}) {
  return (
    <search className="mb-4 block max-w-80">
      <Field label={label} labelHidden>
        <Input
          type="search"
          autoComplete="off"
          spellCheck={false}
          maxLength={100}
          placeholder={label}
          value={value}
          onChange={(event) => onChange(event.target.value)}
          // It finds as one types; in a form, Enter would send what is not finished.
          onKeyDown={(event) => {
            if (event.key === 'Enter') event.preventDefault();
          }}
        />
      </Field>
    </search>
  );
}

/** In place of a list in which nothing fits what is typed. */
export function NothingFound({ text }: { text: string }) {
  return (
    <EmptyState icon={SearchX} title={`Nothing found for “${text.trim()}”`}>
      Type a part of the name.
    </EmptyState>
  );
}
