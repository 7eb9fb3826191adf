'use client';

import { useEffect, useRef } from 'react';

/**
 * Takes the focus when what had it goes away with a change of `state`: whoever works by keyboard would begin again
 * at the page's top. For an element with `tabIndex={-1}` round what changes.
 */
export function useKeptFocus(state: unknown) {
  const around = useRef<HTMLDivElement>(null);
  const last = useRef(state);
  useEffect(() => {
    if (Object.is(last.current, state)) return;
    last.current = state;
    if (document.activeElement === document.body) around.current?.focus();
  }, [state]);
  return around;
}
