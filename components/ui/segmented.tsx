'use client';

import { RadioGroup } from 'radix-ui';
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
  const early = useEarly();
  const inert = pending || Boolean(disabledReason);
  return (
    <RadioGroup.Root
      aria-label={label}
      aria-busy={pending || undefined}
      value={value}
      onValueChange={(next) => onValueChange(next as Value)}
      disabled={inert}
      orientation="horizontal"
      title={disabledReason || undefined}
      className={classNames(
        'inline-flex w-fit max-w-full rounded-md border border-line bg-sunken p-0.5',
        inert && 'opacity-70',
      )}
    >
      {options.map((option) => (
        <RadioGroup.Item
          {...early}
          key={option.value}
          value={option.value}
          className="rounded-[0.25rem] border border-transparent px-3 py-1 text-[0.8125rem] font-medium text-muted disabled:cursor-not-allowed data-[state=checked]:border-control data-[state=checked]:bg-surface data-[state=checked]:text-ink chosen-when-checked pointer-coarse:py-2"
        >
          {option.label}
        </RadioGroup.Item>
      ))}
    </RadioGroup.Root>
  );
}
