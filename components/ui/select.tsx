'use client';

import { ChevronDown } from 'lucide-react';
import type { ComponentProps } from 'react';
import { classNames } from '@/components/ui/class-names';
import { useFieldControl } from '@/components/ui/field';
import { controlClass } from '@/components/ui/input';

export type SelectOption = { value: string; label: string; disabled?: boolean };

/**
 * A choice from a list. The browser's own element: it works with `register`, before scripts have
 * loaded, and opens the phone's picker.
 */
export function Select({
  options,
  className,
  ...rest
}: Omit<ComponentProps<'select'>, 'children' | 'multiple' | 'size'> & {
  options: readonly SelectOption[];
}) {
  return (
    <span className={classNames('relative inline-block w-full', className)}>
      <select
        {...useFieldControl()}
        {...rest}
        className={classNames(controlClass, 'h-10 appearance-none truncate pr-9 md:h-9')}
      >
        {options.map((option) => (
          <option key={option.value} value={option.value} disabled={option.disabled}>
            {option.label}
          </option>
        ))}
      </select>
      <ChevronDown
        aria-hidden
        className="pointer-events-none absolute top-1/2 right-3 size-4 -translate-y-1/2 text-muted"
      />
    </span>
  );
}
