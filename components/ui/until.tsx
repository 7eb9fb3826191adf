'use client';

import { useSyncExternalStore } from 'react';
import { dateText, exactTimeText } from '@/components/ui/time-text';
import { DAY_MS } from '@/lib/policy/trust';

/**
 * A time to come, by the clock on the reader's wall: "Mon 09:00", with its date where it is over six days away.
 * The page is made where that is not known, and says it by UTC until it comes alive.
 */
export function Until({ at }: { at: string }) {
  const atMs = Date.parse(at);
  const inUtc = `${dateText(atMs)}, ${at.slice(11, 16)} UTC`;
  const text = useSyncExternalStore(
    () => () => undefined,
    () => hereText(atMs),
    () => inUtc,
  );
  return (
    <time dateTime={at} title={exactTimeText(atMs)} className="whitespace-nowrap">
      {text}
    </time>
  );
}

function hereText(atMs: number): string {
  const at = new Date(atMs);
  const pad = (part: number) => String(part).padStart(2, '0');
  const clock = `${pad(at.getHours())}:${pad(at.getMinutes())}`;
  const day = 'Sun Mon Tue Wed Thu Fri Sat'.split(' ')[at.getDay()];
  return atMs - Date.now() < 6 * DAY_MS ? `${day} ${clock}` : `${dateText(atMs)}, ${clock}`;
}
