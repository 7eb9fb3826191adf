'use client';

import { useNowMs } from '@/components/ui/now';
import { Status } from '@/components/ui/status';
import { timeLeft } from '@/components/ui/time-text';

/**
 * The state of a verified IP with the time that is left: "Trusted · 63 days left", "Ends soon · 3 days
 * left", "Expired", "Revoked". `state` is the server's and wins where it is harsher than the time.
 */
export function DaysLeft({
  until,
  state = 'trusted',
  now,
}: {
  until: string;
  state?: 'trusted' | 'expired' | 'revoked';
  now?: string;
}) {
  const left = timeLeft(Date.parse(until), useNowMs(now));
  if (state === 'revoked') return <Status meaning="revoked" />;
  if (state === 'expired' || left.state === 'expired') return <Status meaning="expired" />;
  const word = left.state === 'trusted' ? 'Trusted' : 'Ends soon';
  return <Status meaning={left.state}>{`${word} · ${left.text}`}</Status>;
}
