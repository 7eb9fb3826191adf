'use client';

import { CenterCard } from '@/components/shell/center-card';
import { buttonClass } from '@/components/ui/button-class';

/** The number under which the server's log holds this error; errors of the browser have none. */
export function digestOf(error: unknown): string | null {
  const digest = (error as { digest?: unknown } | null)?.digest;
  return typeof digest === 'string' ? digest : null;
}

/**
 * What a page shows when it could not be made. What went wrong inside is for the log alone. It stands beside
 * every page, so it is made of little, and of nothing that would have to be fetched first.
 */
export function ErrorCard({ error, retry }: { error: unknown; retry: () => void }) {
  const digest = digestOf(error);
  return (
    <CenterCard
      title="This page could not be shown"
      lead="Something failed while it was being made. Try again; if that does not help, tell whoever runs this Gatehouse, with the number below where there is one."
    >
      <div className="flex flex-col gap-5">
        <div>
          <button type="button" className={buttonClass('primary')} onClick={retry}>
            Try again
          </button>
        </div>
        {digest ? (
          <p className="border-t border-line pt-4 text-muted">
            Error number{' '}
            <code className="font-mono text-[0.8125rem] text-ink select-all wrap-anywhere">
              {digest}
            </code>
          </p>
        ) : null}
      </div>
    </CenterCard>
  );
}
