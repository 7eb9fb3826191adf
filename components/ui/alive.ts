'use client';

import { useSyncExternalStore } from 'react';

const never = () => () => undefined;

/**
 * What a button says until its page has come alive, and its presses are heard: until then they are kept
 * (components/shell/early-presses.tsx).
 */
export function useEarly(): { 'data-early': '' | undefined } {
  const isAlive = useSyncExternalStore(
    never,
    () => true,
    () => false,
  );
  return { 'data-early': isAlive ? undefined : '' };
}
