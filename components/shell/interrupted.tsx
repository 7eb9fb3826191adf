'use client';

import { CloudOff } from 'lucide-react';
import { useIsInterrupted } from '@/lib/react/socket-context';

/** Says quietly that live updates are away. Its line is kept free, so that nothing jumps. */
export function Interrupted() {
  const isInterrupted = useIsInterrupted();
  return (
    <p role="status" className="flex min-h-6 items-center gap-2 text-[0.8125rem] text-muted">
      {isInterrupted ? (
        <>
          <CloudOff aria-hidden className="size-3.5 shrink-0" />
          <span>Live updates are interrupted. Trying again…</span>
        </>
      ) : null}
    </p>
  );
}
