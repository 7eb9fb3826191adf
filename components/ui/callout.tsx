import { CircleCheck, Info, type LucideIcon, ShieldAlert, TriangleAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import { classNames } from '@/components/ui/class-names';

export type CalloutTone = 'info' | 'success' | 'warn' | 'danger';

const looks: Record<CalloutTone, { icon: LucideIcon; frame: string; mark: string }> = {
  info: { icon: Info, frame: 'border-line bg-sunken', mark: 'text-muted' },
  success: {
    icon: CircleCheck,
    frame: 'border-trusted-line bg-trusted-soft',
    mark: 'text-trusted',
  },
  warn: { icon: TriangleAlert, frame: 'border-soon-line bg-soon-soft', mark: 'text-soon' },
  danger: { icon: ShieldAlert, frame: 'border-blocked-line bg-blocked-soft', mark: 'text-blocked' },
};

/**
 * What happened (`title`) and what to do next (`children`, `actions`).
 * `live` reads it out when it appears: for answers to what the person has just done.
 */
export function Callout({
  tone = 'info',
  title,
  actions,
  live = false,
  children,
}: {
  tone?: CalloutTone;
  title?: ReactNode;
  actions?: ReactNode;
  live?: boolean;
  children?: ReactNode;
}) {
  const { icon: Icon, frame, mark } = looks[tone];
  return (
    <div
      role={live ? 'alert' : undefined}
      className={classNames('flex gap-3 rounded-lg border px-4 py-3', frame)}
    >
      <Icon aria-hidden className={classNames('mt-0.5 size-4 shrink-0', mark)} />
      <div className="flex min-w-0 flex-1 flex-col gap-1">
        {title ? (
          <p className={classNames('font-medium', mark !== 'text-muted' && mark)}>{title}</p>
        ) : null}
        {children ? <div className="min-w-0 text-ink">{children}</div> : null}
        {actions ? <div className="mt-2 flex flex-wrap gap-2">{actions}</div> : null}
      </div>
    </div>
  );
}
