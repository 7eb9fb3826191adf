'use client';

import { createContext, type ReactNode, useContext, useEffect, useState } from 'react';

const TICK_MS = 30_000;
const NowContext = createContext<number>(Number.NaN);

/**
 * The time for everything below: the server's `now` (RFC 3339) plus what has passed since, so that a
 * wrong clock in the browser shows no wrong ages, and the first paint equals the server's.
 */
export function NowProvider({ now, children }: { now: string; children: ReactNode }) {
  const [elapsedMs, setElapsedMs] = useState(0);
  useEffect(() => {
    const startMs = Date.now();
    setElapsedMs(0);
    const timer = setInterval(() => setElapsedMs(Date.now() - startMs), TICK_MS);
    return () => clearInterval(timer);
  }, []);
  return <NowContext value={Date.parse(now) + elapsedMs}>{children}</NowContext>;
}

/** Milliseconds since 1970: `now` where given (RFC 3339), else the provider's ticking time. */
export function useNowMs(now?: string): number {
  const providedMs = useContext(NowContext);
  return now === undefined ? providedMs : Date.parse(now);
}
