'use client';

import { useNowMs } from '@/components/ui/now';
import { exactTimeText, relativeTimeText } from '@/components/ui/time-text';
import { Tooltip } from '@/components/ui/tooltip';

/** Made when it is looked at: a page holds hundreds, and words of a locale are dear. */
function ExactTime({ atMs }: { atMs: number }) {
  const here = new Date(atMs).toLocaleString('en-GB', { dateStyle: 'medium', timeStyle: 'long' });
  return (
    <>
      <span className="block">{exactTimeText(atMs)}</span>
      <span className="block opacity-80">{here} here</span>
    </>
  );
}

/**
 * A time as a distance ("5 minutes ago"); the exact one on hover and focus.
 * `at` is RFC 3339, or null for what never happened. `now` overrides the page's time.
 */
export function RelativeTime({
  at,
  now,
  never = 'never',
}: {
  at: string | null;
  now?: string;
  never?: string;
}) {
  const nowMs = useNowMs(now);
  if (at === null) return <span className="text-muted">{never}</span>;
  const atMs = Date.parse(at);
  return (
    <Tooltip content={<ExactTime atMs={atMs} />}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: the exact time must be reachable by keyboard */}
      <time dateTime={at} tabIndex={0} className="rounded-sm whitespace-nowrap">
        {relativeTimeText(atMs, nowMs)}
      </time>
    </Tooltip>
  );
}
