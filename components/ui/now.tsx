'use client';

import { createContext, type ReactNode, useContext, useEffect, useRef, useState } from 'react';

const TICK_MS = 30_000;

/** The server's time when the page was made, and this browser's when it came alive; null before that. */
type Clock = { serverMs: number; startMs: number | null; ticks: number };
const NowContext = createContext<Clock>({ serverMs: Number.NaN, startMs: null, ticks: 0 });

/**
 * The time for everything below: the server's `now` (RFC 3339) plus what has passed since, so that a
 * wrong clock in the browser shows no wrong ages, and the first paint equals the server's.
 */
export function NowProvider({ now, children }: { now: string; children: ReactNode }) {
  const serverMs = Date.parse(now);
  const asMade: Clock = { serverMs, startMs: null, ticks: 0 };
  const [alive, setAlive] = useState(asMade);
  const isFirst = useRef(true);
  useEffect(() => {
    // The page's scripts may have been long in coming: what happened meanwhile is not the future.
    const startMs = isFirst.current ? answeredMs() : Date.now();
    isFirst.current = false;
    setAlive({ serverMs, startMs, ticks: 0 });
    const tick = () => setAlive((clock) => ({ ...clock, ticks: clock.ticks + 1 }));
    const timer = setInterval(tick, TICK_MS);
    return () => clearInterval(timer);
  }, [serverMs]);
  return <NowContext value={alive.serverMs === serverMs ? alive : asMade}>{children}</NowContext>;
}

/** When the page began to come, by this browser's clock. */
function answeredMs(): number {
  const [navigation] = performance.getEntriesByType('navigation');
  const { responseStart } = navigation as PerformanceNavigationTiming;
  return performance.timeOrigin + responseStart;
}

/**
 * Milliseconds since 1970: `now` where given (RFC 3339), else the provider's time, exact at each
 * rendering: what has just been made must not lie in the future until the next tick.
 */
export function useNowMs(now?: string): number {
  const { serverMs, startMs } = useContext(NowContext);
  if (now !== undefined) return Date.parse(now);
  return startMs === null ? serverMs : serverMs + (Date.now() - startMs);
}
