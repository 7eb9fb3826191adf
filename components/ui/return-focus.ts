'use client';

import { useRef } from 'react';

/**
 * Handlers by which a window gives focus back to what had it before. Radix gives it to the window's
 * trigger alone; where there is none, whoever works by keyboard would begin again at the page's top.
 */
export function useReturnFocus() {
  // What had it, and the list or page around that: by then the act may have taken the holder away.
  const before = useRef<(HTMLElement | null | undefined)[]>([]);
  return {
    onOpenAutoFocus: () => {
      const holder = focusHolder();
      before.current = [holder, holder?.closest<HTMLElement>('[tabindex="-1"]')];
    },
    onCloseAutoFocus: (event: Event) => {
      const still = before.current.find((element) => element?.isConnected);
      if (!still) return;
      event.preventDefault();
      still.focus();
    },
  };
}

/** What has focus; for an entry of a menu, which is about to go, the menu's button. */
function focusHolder(): HTMLElement | null {
  const active = document.activeElement;
  const menuButtonId = active?.closest('[role="menu"]')?.getAttribute('aria-labelledby');
  const holder = menuButtonId ? document.getElementById(menuButtonId) : active;
  return holder instanceof HTMLElement ? holder : null;
}
