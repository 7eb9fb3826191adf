'use client';

import { RotateCw } from 'lucide-react';
import { Button } from '@/components/ui/button';
import { Callout } from '@/components/ui/callout';

/** Says that what is shown may be old, because asking for it again failed. */
export function RefreshFailed({
  query,
}: {
  query: { error: Error | null; isFetching: boolean; refetch: () => unknown };
}) {
  if (query.error === null) return null;
  return (
    <div className="mb-4">
      <Callout
        tone="warn"
        live
        title="This may be out of date"
        actions={
          <Button
            size="sm"
            icon={RotateCw}
            pending={query.isFetching}
            onClick={() => void query.refetch()}
          >
            Try again
          </Button>
        }
      >
        {query.error.message}
      </Callout>
    </div>
  );
}
