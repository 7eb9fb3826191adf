'use client';

import type { ComponentProps } from 'react';
import { classNames } from '@/components/ui/class-names';
import { useFieldControl } from '@/components/ui/field';

/** 16 px on phones: below that, iOS zooms the page into the field. */
export const controlClass =
  'w-full min-w-0 rounded-md border border-control bg-surface px-3 text-base text-ink placeholder:text-muted placeholder:opacity-100 aria-invalid:border-blocked disabled:cursor-not-allowed disabled:opacity-60 md:text-sm';

/** A one-line text field; inside a `Field` it is tied to its label, hint and error. */
export function Input({ className, ...rest }: ComponentProps<'input'>) {
  return (
    <input
      {...useFieldControl()}
      {...rest}
      className={classNames(controlClass, 'h-10 read-only:bg-sunken md:h-9', className)}
    />
  );
}

/** A text field of several lines. */
export function Textarea({ className, rows = 3, ...rest }: ComponentProps<'textarea'>) {
  return (
    <textarea
      {...useFieldControl()}
      {...rest}
      rows={rows}
      className={classNames(controlClass, 'resize-y py-2', className)}
    />
  );
}
