'use client';

import type { PointerEvent } from 'react';
import { useNowMs } from '@/components/ui/now';
import { exactTimeText, relativeTimeText } from '@/components/ui/time-text';

/**
 * A time as a distance ("5 minutes ago"); the exact one where it is pointed at. `at` is RFC 3339, or
 * null for what never happened. It takes no focus: a page holds hundreds.
 */
export function RelativeTime({ at, never = 'never' }: { at: string | null; never?: string }) {
  const nowMs = useNowMs();
  if (at === null) return <span className="text-muted">{never}</span>;
  const atMs = Date.parse(at);
  return (
    <time
      dateTime={at}
      title={exactTimeText(atMs)}
      onPointerEnter={sayHere}
      className="whitespace-nowrap"
    >
      {relativeTimeText(atMs, nowMs)}
    </time>
  );
}

/** Adds the time of this browser's zone, whose words are dear, and unknown where the page is made. */
function sayHere({ currentTarget: time }: PointerEvent<HTMLTimeElement>): void {
  const at = new Date(time.dateTime);
  const here = at.toLocaleString('en-GB', { dateStyle: 'medium', timeStyle: 'long' });
  time.title = `${exactTimeText(at.getTime())}\n${here} here`;
}
