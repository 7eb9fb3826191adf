'use client';

import { Switch as Radix } from 'radix-ui';
import { type ReactNode, useId } from 'react';
import { classNames } from '@/components/ui/class-names';

/**
 * On or off, with its name, what it does, and the word for its state beside it.
 * `size="lg"` is for the one switch a page is about. With `disabledReason` it can't be moved and says why.
 */
export function Switch({
  checked,
  onCheckedChange,
  label,
  description,
  size = 'md',
  pending = false,
  disabledReason,
  onText = 'On',
  offText = 'Off',
}: {
  checked: boolean;
  onCheckedChange: (checked: boolean) => void;
  label: ReactNode;
  description?: ReactNode;
  size?: 'md' | 'lg';
  pending?: boolean;
  disabledReason?: string | null | false;
  onText?: string;
  offText?: string;
}) {
  const id = useId();
  const large = size === 'lg';
  const inert = pending || Boolean(disabledReason);
  return (
    <div className="flex items-start justify-between gap-4 sm:gap-8">
      <div className="flex min-w-0 flex-col gap-1">
        <label
          htmlFor={id}
          id={`${id}-label`}
          className={classNames('font-semibold', large ? 'text-lg' : 'text-sm')}
        >
          {label}
        </label>
        <div id={`${id}-about`} className="flex max-w-prose flex-col gap-1 text-muted">
          {description ? <div>{description}</div> : null}
          {disabledReason ? <div>{disabledReason}</div> : null}
        </div>
      </div>
      <div className="flex shrink-0 items-center gap-2.5">
        <span
          aria-hidden
          className={classNames(
            'text-right tabular-nums',
            large ? 'min-w-8 text-base font-semibold' : 'min-w-6 text-sm font-medium',
            checked ? 'text-ink' : 'text-muted',
          )}
        >
          {checked ? onText : offText}
        </span>
        <Radix.Root
          id={id}
          checked={checked}
          onCheckedChange={(next) => {
            if (!inert) onCheckedChange(next);
          }}
          aria-describedby={`${id}-about`}
          aria-disabled={inert || undefined}
          aria-busy={pending || undefined}
          className={classNames(
            'relative shrink-0 rounded-full border border-control bg-sunken transition-colors duration-150 aria-disabled:cursor-not-allowed aria-disabled:opacity-60 data-[state=checked]:border-accent data-[state=checked]:bg-accent',
            large ? 'h-9 w-16' : 'h-6 w-11',
          )}
        >
          <Radix.Thumb
            className={classNames(
              'block rounded-full border border-control bg-surface transition-transform duration-150 data-[state=checked]:border-transparent',
              large
                ? 'size-7 translate-x-[3px] data-[state=checked]:translate-x-[31px]'
                : 'size-[1.125rem] translate-x-[2px] data-[state=checked]:translate-x-[22px]',
            )}
          />
        </Radix.Root>
      </div>
    </div>
  );
}
