'use client';

import { useRouter } from 'next/navigation';
import { useEffect, useState } from 'react';
import { ConfirmDialog } from '@/components/ui/confirm-dialog';

/** Where somebody wants to go: along a link, or back or forth. */
type Way = { href: string } | { key: string };

const LEAVE = 'gatehouse-leave';

/** Whether a page may be left at once for another that no link leads to; else it asks, and goes there itself. */
export function mayLeaveFor(href: string): boolean {
  return document.dispatchEvent(new CustomEvent(LEAVE, { cancelable: true, detail: href }));
}

/** Leaving was confirmed: no other form of the page asks again. */
let isLeaving = false;

/**
 * Asks before what was changed and not saved is lost: on the way along a link, back or forth inside the app, and,
 * by the browser's own question, when the page is closed or loaded anew.
 */
export function LeaveGuard({ isChanged }: { isChanged: boolean }) {
  const router = useRouter();
  const [way, setWay] = useState<Way | null>(null);
  useEffect(() => {
    if (!isChanged) return;
    isLeaving = false;
    const onUnload = (event: BeforeUnloadEvent) => {
      if (!isLeaving) event.preventDefault();
    };
    const onClick = (event: MouseEvent) => {
      const href = hrefOf(event);
      if (isLeaving || href === null) return;
      event.preventDefault();
      // Nor is another form of the page to ask.
      event.stopImmediatePropagation();
      setWay({ href });
    };
    const onNavigate = (event: NavigateEvent) => {
      const { navigationType, destination, cancelable, defaultPrevented } = event;
      const isElsewhere = new URL(destination.url).pathname !== window.location.pathname;
      if (isLeaving || defaultPrevented || navigationType !== 'traverse') return;
      if (!cancelable || !isElsewhere) return;
      event.preventDefault();
      setWay({ key: destination.key });
    };
    const onLeave = (event: Event) => {
      if (isLeaving || event.defaultPrevented || !(event instanceof CustomEvent)) return;
      event.preventDefault();
      setWay({ href: String(event.detail) });
    };
    window.addEventListener('beforeunload', onUnload);
    document.addEventListener(LEAVE, onLeave);
    document.addEventListener('click', onClick, true);
    window.navigation?.addEventListener('navigate', onNavigate);
    return () => {
      window.removeEventListener('beforeunload', onUnload);
      document.removeEventListener(LEAVE, onLeave);
      document.removeEventListener('click', onClick, true);
      window.navigation?.removeEventListener('navigate', onNavigate);
    };
  }, [isChanged]);
  const leave = () => {
    isLeaving = true;
    if (way === null) return;
    if ('href' in way) router.push(way.href);
    else void window.navigation.traverseTo(way.key);
  };
  return (
    <ConfirmDialog
      open={way !== null}
      onOpenChange={(open) => {
        if (!open) setWay(null);
      }}
      title="Discard your changes?"
      confirmLabel="Discard and leave"
      cancelLabel="Stay"
      onConfirm={leave}
    >
      <p>What you changed on this page is not saved yet.</p>
    </ConfirmDialog>
  );
}

/** Where a click leads inside the app, in this tab and away from this page; null: nowhere. */
function hrefOf(event: MouseEvent): string | null {
  const { button, metaKey, ctrlKey, shiftKey, altKey, target } = event;
  if (button !== 0 || metaKey || ctrlKey || shiftKey || altKey) return null;
  const link = target instanceof Element ? target.closest('a') : null;
  if (!link?.href || link.download || (link.target && link.target !== '_self')) return null;
  const { origin, pathname, search, hash } = new URL(link.href);
  const isHere = pathname === window.location.pathname && search === window.location.search;
  return origin !== window.location.origin || isHere ? null : `${pathname}${search}${hash}`;
}
