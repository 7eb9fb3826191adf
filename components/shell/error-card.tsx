'use client';

import { RotateCw } from 'lucide-react';
import { CenterCard } from '@/components/shell/center-card';
import { Button } from '@/components/ui/button';
import { CopyButton } from '@/components/ui/copy-button';

/** The number under which the server's log holds this error; errors of the browser have none. */
function digestOf(error: unknown): string | null {
  const digest = (error as { digest?: unknown } | null)?.digest;
  return typeof digest === 'string' ? digest : null;
}

/** What a page shows when it could not be made. What went wrong inside is for the log alone. */
export function ErrorCard({ error, retry }: { error: unknown; retry: () => void }) {
  const digest = digestOf(error);
  return (
    <CenterCard
      title="This page could not be shown"
      lead="Something failed while it was being made. Try again; if that does not help, tell whoever runs this Gatehouse, with the number below where there is one."
    >
      <div className="flex flex-col gap-5">
        <div>
          <Button variant="primary" icon={RotateCw} onClick={retry}>
            Try again
          </Button>
        </div>
        {digest ? (
          <div className="flex flex-wrap items-center justify-between gap-2 border-t border-line pt-4 text-muted">
            <span>
              Error number{' '}
              <code className="font-mono text-[0.8125rem] text-ink wrap-anywhere">{digest}</code>
            </span>
            <CopyButton value={digest} />
          </div>
        ) : null}
      </div>
    </CenterCard>
  );
}
