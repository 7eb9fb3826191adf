'use client';

import { CloudAlert, PlugZap } from 'lucide-react';
import { useEffect, useState } from 'react';
import { Status } from '@/components/ui/status';

/** A computer that shows itself every second and has not for so long is silent. */
const SILENT_AFTER_MS = 5_000;

/**
 * Whether the computer is heard, in one line whose place is the same in both cases. That it fell silent
 * is read out once; the seconds are not.
 */
export function SessionState({ heardAtMs, computer }: { heardAtMs: number; computer: string }) {
  const silentSeconds = useSilentSeconds(heardAtMs);
  const isSilent = silentSeconds !== null;
  return (
    <>
      <p role="status" className="sr-only">
        {isSilent ? `No answer from ${computer}` : 'Connected'}
      </p>
      <div aria-hidden className="flex flex-wrap items-center gap-x-3 gap-y-1">
        {isSilent ? (
          <Status meaning="ends-soon" icon={CloudAlert}>
            No answer from {computer} for {silentSeconds} s
          </Status>
        ) : (
          <Status meaning="trusted" icon={PlugZap}>
            Connected
          </Status>
        )}
      </div>
    </>
  );
}

/** How long nothing was heard, in whole seconds; null while that is not long. */
function useSilentSeconds(heardAtMs: number): number | null {
  const [nowMs, setNowMs] = useState(heardAtMs);
  useEffect(() => {
    const timer = setInterval(() => setNowMs(performance.now()), 500);
    return () => clearInterval(timer);
  }, []);
  const silentMs = nowMs - heardAtMs;
  return silentMs > SILENT_AFTER_MS ? Math.floor(silentMs / 1_000) : null;
}
