import type { LucideIcon } from 'lucide-react';
import type { ReactNode } from 'react';

/** What a page will hold, and the first step towards it. */
export function EmptyState({
  icon: Icon,
  title,
  action,
  children,
}: {
  icon: LucideIcon;
  title: ReactNode;
  /** The first step: a `Button` or `ButtonLink`. */
  action?: ReactNode;
  children?: ReactNode;
}) {
  return (
    <div className="flex flex-col items-center gap-2 rounded-lg border border-dashed border-control/60 px-6 py-12 text-center">
      <Icon aria-hidden className="mb-1 size-6 text-muted" strokeWidth={1.75} />
      <p className="font-medium">{title}</p>
      {children ? <div className="max-w-md text-muted">{children}</div> : null}
      {action ? <div className="mt-3 flex flex-wrap justify-center gap-2">{action}</div> : null}
    </div>
  );
}
