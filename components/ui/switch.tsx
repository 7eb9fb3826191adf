'use client';

import { type ReactNode, useId } from 'react';
import { useEarly } from '@/components/ui/alive';
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
  const early = useEarly();
  const large = size === 'lg';
  const inert = pending || Boolean(disabledReason);
  return (
    <div className="grid grid-cols-[minmax(0,1fr)_auto] gap-x-4 gap-y-1 sm:gap-x-8">
      <label
        htmlFor={id}
        className={classNames('self-center font-semibold', large ? 'text-lg' : 'text-sm')}
      >
        {label}
      </label>
      <div className="flex items-center gap-2.5 self-start">
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
        <button
          {...early}
          id={id}
          type="button"
          role="switch"
          aria-checked={checked}
          onClick={() => {
            if (!inert) onCheckedChange(!checked);
          }}
          aria-describedby={description || disabledReason ? `${id}-about` : undefined}
          aria-disabled={inert || undefined}
          aria-busy={pending || undefined}
          className={classNames(
            'group relative shrink-0 rounded-full border border-control bg-sunken transition-colors duration-150 aria-checked:border-accent aria-checked:bg-accent aria-disabled:cursor-not-allowed aria-disabled:opacity-60',
            large ? 'h-9 w-16' : 'h-6 w-11',
          )}
        >
          <span
            className={classNames(
              'block rounded-full border border-control bg-surface transition-transform duration-150 group-aria-checked:border-transparent',
              large
                ? 'size-7 translate-x-[3px] group-aria-checked:translate-x-[31px]'
                : 'size-[1.125rem] translate-x-[2px] group-aria-checked:translate-x-[22px]',
            )}
          />
        </button>
      </div>
      {description || disabledReason ? (
        <div
          id={`${id}-about`}
          className="col-span-2 flex max-w-prose flex-col gap-1 text-muted sm:col-span-1"
        >
          {description ? <div>{description}</div> : null}
          {disabledReason ? <div>{disabledReason}</div> : null}
        </div>
      ) : null}
    </div>
  );
}
