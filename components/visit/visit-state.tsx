'use client';

import { CloudAlert, PlugZap } from 'lucide-react';
import { type ReactNode, useEffect, useState } from 'react';
import { Status } from '@/components/ui/status';
import { stepText } from '@/components/visit/attempt-steps';
import type { Attempt } from '@/lib/client/attempt';

/** A computer that shows itself every second and has not for so long is silent. */
const SILENT_AFTER_MS = 5_000;

/** How the connection stands, in one place. Each state is read out once; the seconds of silence are not. */
export function VisitState({
  step,
  heardAtMs,
  computer,
}: {
  step: Attempt['step'];
  /** When the computer was last heard, by `performance.now()`. */
  heardAtMs: number;
  computer: string;
}) {
  const silentSeconds = useSilentSeconds(step === 'connected' ? heardAtMs : null);
  return (
    <>
      <p role="status" className="sr-only">
        {silentSeconds === null ? stepText(step, computer) : `No answer from ${computer}`}
      </p>
      <div aria-hidden>{look(step, silentSeconds, computer)}</div>
    </>
  );
}

function look(step: Attempt['step'], silentSeconds: number | null, computer: string): ReactNode {
  if (silentSeconds !== null) {
    return (
      <div className="flex flex-wrap items-center gap-x-1.5">
        <Status meaning="ends-soon" icon={CloudAlert}>
          No answer
        </Status>
        <span className="wrap-anywhere tabular-nums">
          from {computer} for {silentSeconds} s
        </span>
      </div>
    );
  }
  if (step === 'connected') {
    return (
      <Status meaning="trusted" icon={PlugZap}>
        Connected
      </Status>
    );
  }
  return <Status meaning="neutral">{step === 'ended' ? 'Not connected' : 'Connecting'}</Status>;
}

/** How long nothing was heard, in whole seconds; null while that is not long. */
function useSilentSeconds(heardAtMs: number | null): number | null {
  const [nowMs, setNowMs] = useState(0);
  const isWatched = heardAtMs !== null;
  useEffect(() => {
    if (!isWatched) return;
    const timer = setInterval(() => setNowMs(performance.now()), 500);
    return () => clearInterval(timer);
  }, [isWatched]);
  const silentMs = heardAtMs === null ? 0 : nowMs - heardAtMs;
  return silentMs > SILENT_AFTER_MS ? Math.floor(silentMs / 1_000) : null;
}
