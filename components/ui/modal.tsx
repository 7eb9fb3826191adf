'use client';

import {
  type KeyboardEvent,
  type MouseEvent,
  type ReactNode,
  useLayoutEffect,
  useRef,
} from 'react';
import { createPortal } from 'react-dom';
import { classNames } from '@/components/ui/class-names';

/** At the foot of a phone's screen, in the middle of a larger one; never higher than the screen. */
export const panelClass =
  'inset-x-0 top-auto bottom-0 max-h-[92dvh] w-full scroll-pb-24 animate-appear flex-col overflow-y-auto rounded-t-xl border border-line bg-surface p-5 open:flex sm:inset-0 sm:m-auto sm:h-fit sm:max-h-[85dvh] sm:rounded-xl sm:p-6';

/**
 * A window over the page, by the browser's own `dialog`: what is behind it can't be reached, the last one
 * opened is on top, and focus goes back to what had it before. What is to have it first has `data-first`.
 */
export function Modal({
  open,
  onClose,
  closesOutside = true,
  role = 'dialog',
  labelledBy,
  describedBy,
  className,
  children,
}: {
  open: boolean;
  /** The person wants it closed: by Escape, or by a press beside it. */
  onClose: () => void;
  closesOutside?: boolean;
  role?: 'dialog' | 'alertdialog';
  labelledBy: string;
  describedBy?: string | undefined;
  className: string;
  children: ReactNode;
}) {
  if (!open) return null;
  return createPortal(
    <OpenModal {...{ onClose, closesOutside, role, labelledBy, describedBy, className }}>
      {children}
    </OpenModal>,
    document.body,
  );
}

function OpenModal({
  onClose,
  closesOutside,
  role,
  labelledBy,
  describedBy,
  className,
  children,
}: Omit<Parameters<typeof Modal>[0], 'open'>) {
  const ref = useRef<HTMLDialogElement>(null);
  useLayoutEffect(() => {
    const dialog = ref.current;
    if (!dialog) return;
    // By the time that it closes, the act may have taken what had focus away: then the list around that.
    const before = document.activeElement;
    const around = before?.closest('[tabindex="-1"]');
    const root = document.documentElement;
    root.style.setProperty('--scrollbar', `${window.innerWidth - root.clientWidth}px`);
    dialog.showModal();
    // It is read from its beginning, wherever the first thing to press may stand.
    firstIn(dialog)?.focus({ preventScroll: true });
    dialog.scrollTop = 0;
    return () => {
      // What goes with it has gone by then. Closed here, it would give focus to what is about to go.
      queueMicrotask(() => {
        const still = [before, around].find((element) => element?.isConnected);
        if (still instanceof HTMLElement) still.focus({ preventScroll: true });
      });
    };
  }, []);
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== 'Escape' || event.defaultPrevented) return;
    // The browser would close it by itself, asked a second time.
    event.preventDefault();
    event.stopPropagation();
    onClose();
  };
  const onMouseDown = (event: MouseEvent) => {
    // What is beside it counts as the dialog itself.
    if (!closesOutside || event.target !== ref.current) return;
    const { left, right, top, bottom } = ref.current.getBoundingClientRect();
    const { clientX: x, clientY: y } = event;
    if (x < left || x > right || y < top || y > bottom) onClose();
  };
  return (
    <dialog
      ref={ref}
      role={role === 'dialog' ? undefined : role}
      aria-labelledby={labelledBy}
      aria-describedby={describedBy}
      onKeyDown={onKeyDown}
      onMouseDown={onMouseDown}
      onCancel={(event) => {
        // By a phone's way back.
        if (event.target !== ref.current) return;
        event.preventDefault();
        onClose();
      }}
      className={classNames(
        'fixed max-w-none text-ink shadow-popover backdrop:animate-appear backdrop:bg-overlay',
        className,
      )}
    >
      {children}
    </dialog>
  );
}

/** What has focus first: what says so, or what a press of Tab would come to. The browser also takes what only scripts focus. */
function firstIn(dialog: HTMLElement): HTMLElement | undefined {
  const chosen = dialog.querySelector<HTMLElement>('[data-first]');
  const controls = dialog.querySelectorAll<HTMLElement>(
    'a[href], button, input, select, textarea, summary',
  );
  const canHaveIt = (one: HTMLElement) =>
    one.tabIndex >= 0 && !one.matches(':disabled') && one.getClientRects().length > 0;
  return chosen ?? [...controls].find(canHaveIt);
}
