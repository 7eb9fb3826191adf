import type { ReactNode } from 'react';
import { classNames } from '@/components/ui/class-names';

/** A short remark without judgement: a role, "This session". For states use `Status`. */
export function Badge({
  tone = 'neutral',
  children,
}: {
  tone?: 'neutral' | 'accent';
  children: ReactNode;
}) {
  return (
    <span
      className={classNames(
        'inline-flex items-center rounded-full px-2 py-0.5 text-xs font-medium whitespace-nowrap',
        tone === 'accent' ? 'bg-accent-soft text-accent-ink' : 'bg-sunken text-muted',
      )}
    >
      {children}
    </span>
  );
}
