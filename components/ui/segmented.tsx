'use client';

import { useId } from 'react';
import { useEarly } from '@/components/ui/alive';
import { classNames } from '@/components/ui/class-names';

/**
 * One of a few words, all in sight: for modes (Enforce, Monitor, Off). `label` is read out.
 * With `disabledReason` it can't be changed; put the reason in sight where several share it.
 */
export function Segmented<Value extends string>({
  label,
  value,
  onValueChange,
  options,
  pending = false,
  disabledReason,
}: {
  label: string;
  value: Value;
  onValueChange: (value: Value) => void;
  options: readonly { value: Value; label: string }[];
  pending?: boolean;
  disabledReason?: string | null | false;
}) {
  const name = useId();
  const early = useEarly();
  const inert = pending || Boolean(disabledReason);
  return (
    <div
      role="radiogroup"
      aria-label={label}
      aria-busy={pending || undefined}
      title={disabledReason || undefined}
      className={classNames(
        'inline-flex w-fit max-w-full rounded-md border border-line bg-sunken p-0.5',
        inert && 'opacity-70',
      )}
    >
      {options.map((option) => (
        <label
          key={option.value}
          className="relative rounded-[0.25rem] border border-transparent px-3 py-1 text-[0.8125rem] font-medium text-muted has-checked:border-control has-checked:bg-surface has-checked:text-ink chosen-when-checked pointer-coarse:py-2"
        >
          <input
            {...early}
            type="radio"
            name={name}
            value={option.value}
            checked={option.value === value}
            disabled={inert}
            onChange={() => onValueChange(option.value)}
            className="absolute inset-0 cursor-pointer appearance-none rounded-[0.25rem] disabled:cursor-not-allowed"
          />
          <span>{option.label}</span>
        </label>
      ))}
    </div>
  );
}
