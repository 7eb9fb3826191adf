import type { ReactNode } from 'react';
import { Mark } from '@/components/ui/mark';

/** The shell of pages that stand alone: log-in, set-up, invitation, reset, the prompt. */
export function CenterCard({
  title,
  lead,
  foot,
  wide = false,
  children,
}: {
  title: ReactNode;
  /** One or two sentences under the title. */
  lead?: ReactNode;
  /** A line under the card: another way, "This wasn't me". */
  foot?: ReactNode;
  wide?: boolean;
  children?: ReactNode;
}) {
  return (
    <main className="flex min-h-dvh flex-col items-center px-4 py-8 sm:justify-center sm:py-12">
      <div className={wide ? 'w-full max-w-lg' : 'w-full max-w-md'}>
        <div className="mb-5 flex justify-center">
          <Mark named />
        </div>
        <div className="rounded-xl border border-line bg-surface p-5 sm:p-8">
          <h1 className="text-lg font-semibold tracking-tight">{title}</h1>
          {lead ? <div className="mt-1.5 text-muted">{lead}</div> : null}
          {children ? <div className="mt-6">{children}</div> : null}
        </div>
        {foot ? <div className="mt-5 text-center text-muted">{foot}</div> : null}
      </div>
    </main>
  );
}
