'use client';

import { useEffect, useRef } from 'react';
import { placeBeside } from '@/components/ui/place-beside';

const SHOW_AFTER_MS = 300;
/** So long the pointer may be between the two. */
const HIDE_AFTER_MS = 150;

/**
 * The one tooltip of a page: shows the `data-tip` of what is pointed at, or has focus by keyboard. It is for
 * the eye; whoever has it read out hears a name or description of the element's own.
 */
export function Tips() {
  const ref = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const tip = ref.current;
    if (!tip) return;
    let shownFor: Element | null = null;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const hide = () => {
      clearTimeout(timer);
      shownFor = null;
      if (tip.matches(':popover-open')) tip.hidePopover();
    };
    const show = (element: HTMLElement) => {
      if (!element.isConnected || !element.dataset.tip) return;
      shownFor = element;
      tip.textContent = element.dataset.tip;
      // Anew, and so above a window that was opened since.
      if (tip.matches(':popover-open')) tip.hidePopover();
      tip.showPopover();
      placeBeside(tip, element, { side: 'top', align: 'center', gapPx: 6 });
    };
    const tipped = ({ target }: Event) =>
      target instanceof Element ? target.closest<HTMLElement>('[data-tip]') : null;
    const leaving = new AbortController();
    const on = <Name extends keyof DocumentEventMap>(
      name: Name,
      heard: (event: DocumentEventMap[Name]) => void,
    ) => document.addEventListener(name, heard, { signal: leaving.signal, capture: true });
    on('pointerover', (event) => {
      if (event.pointerType === 'touch') return;
      clearTimeout(timer);
      const element = tipped(event);
      const isTip = event.target instanceof Node && tip.contains(event.target);
      if (isTip || (element !== null && element === shownFor)) return;
      if (element) timer = setTimeout(() => show(element), shownFor ? 0 : SHOW_AFTER_MS);
      else if (shownFor) timer = setTimeout(hide, HIDE_AFTER_MS);
    });
    on('focusin', (event) => {
      const element = tipped(event);
      if (element?.matches(':focus-visible')) show(element);
      else hide();
    });
    on('focusout', hide);
    on('pointerdown', hide);
    on('scroll', hide);
    on('keydown', ({ key }) => {
      if (key === 'Escape') hide();
    });
    return () => {
      leaving.abort();
      hide();
    };
  }, []);
  return (
    <div
      ref={ref}
      popover="manual"
      aria-hidden
      className="fixed inset-auto max-w-72 rounded-md bg-ink px-2.5 py-1.5 text-xs text-canvas shadow-popover tabular-nums"
    />
  );
}
