'use client';

import type { KeyboardEvent } from 'react';
import { useEarly } from '@/components/ui/alive';
import { classNames } from '@/components/ui/class-names';

/** By how many an arrow key goes on. */
const STEPS: Readonly<Record<string, number>> = {
  ArrowRight: 1,
  ArrowDown: 1,
  ArrowLeft: -1,
  ArrowUp: -1,
};

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
  const choose = (chosen: Value) => {
    if (!inert && chosen !== value) onValueChange(chosen);
  };
  const onKeyDown = (event: KeyboardEvent<HTMLDivElement>) => {
    const step = STEPS[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const at = options.findIndex((option) => option.value === value);
    const next = (at + step + options.length) % options.length;
    const chosen = options[next];
    if (inert || !chosen) return;
    choose(chosen.value);
    event.currentTarget.querySelectorAll('button')[next]?.focus();
  };
  return (
    <div
      role="radiogroup"
      aria-label={label}
      aria-busy={pending || undefined}
      aria-disabled={inert || undefined}
      title={disabledReason || undefined}
      onKeyDown={onKeyDown}
      className={classNames(
        'inline-flex w-fit max-w-full rounded-md border border-line bg-sunken p-0.5',
        inert && 'opacity-70',
      )}
    >
      {options.map((option) => (
        // biome-ignore lint/a11y/useSemanticElements: a press on its words is one on the button itself
        <button
          {...early}
          key={option.value}
          type="button"
          role="radio"
          aria-checked={option.value === value}
          aria-disabled={inert || undefined}
          tabIndex={option.value === value ? 0 : -1}
          onClick={() => choose(option.value)}
          className="rounded-[0.25rem] border border-transparent px-3 py-1 text-[0.8125rem] font-medium text-muted aria-disabled:cursor-not-allowed aria-checked:border-control aria-checked:bg-surface aria-checked:text-ink chosen-when-checked pointer-coarse:py-2"
        >
          {option.label}
        </button>
      ))}
    </div>
  );
}
