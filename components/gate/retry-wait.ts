'use client';

import { useEffect, useState } from 'react';
import { ApiError } from '@/lib/client/api';

/** How long the server asks to wait before the next attempt, in seconds; 0 when it does not. */
export function retryAfterSeconds(error: unknown): number {
  if (!(error instanceof ApiError) || error.code !== 'too_many_requests') return 0;
  const seconds = Number(error.problem.retryAfterSeconds);
  return Number.isFinite(seconds) && seconds > 0 ? Math.ceil(seconds) : 60;
}

/** What is left of the wait that `error` asks for, counted down; each new error starts anew. */
export function useRetryWait(error: unknown): number {
  const [leftSeconds, setLeftSeconds] = useState(0);
  useEffect(() => {
    const endsMs = Date.now() + retryAfterSeconds(error) * 1000;
    const count = () => setLeftSeconds(Math.max(0, Math.ceil((endsMs - Date.now()) / 1000)));
    count();
    const timer = setInterval(count, 500);
    return () => clearInterval(timer);
  }, [error]);
  return leftSeconds;
}

/** "40 seconds", "3 minutes". */
export function waitText(seconds: number): string {
  const [count, unit] = seconds < 120 ? [seconds, 'second'] : [Math.ceil(seconds / 60), 'minute'];
  return `${count} ${unit}${count === 1 ? '' : 's'}`;
}
