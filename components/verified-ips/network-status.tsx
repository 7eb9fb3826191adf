'use client';

import { numberText } from '@/components/ui/count-text';
import { useNowMs } from '@/components/ui/now';
import { Status } from '@/components/ui/status';
import { timeLeft } from '@/components/ui/time-text';
import type { SeenNetwork } from '@/lib/contract/resources';

type Use = Pick<SeenNetwork, 'state' | 'refused' | 'trustedUntil'>;

/** How a network stands, and how often somebody was refused there in the last 30 days. */
export function NetworkStatus({
  use: { state, refused, trustedUntil },
  trusted,
}: {
  use: Use;
  /** How many members have it trusted; left out where it is about one. */
  trusted?: number;
}) {
  return (
    <span className="inline-flex flex-wrap gap-1.5">
      <Standing state={state} trustedUntil={trustedUntil} trusted={trusted} />
      {refused > 0 ? <Status meaning="blocked">{numberText(refused)} refused</Status> : null}
    </span>
  );
}

function Standing({
  state,
  trustedUntil,
  trusted,
}: Omit<Use, 'refused'> & { trusted: number | undefined }) {
  const nowMs = useNowMs();
  if (state === 'never_verified') return <Status meaning="neutral">Never verified</Status>;
  if (state === 'ended' || trustedUntil === null) return <Status meaning="expired">Ended</Status>;
  const left = timeLeft(Date.parse(trustedUntil), nowMs);
  // Of many, the first end is news to nobody else.
  if (left.state === 'ends-soon' && (trusted ?? 1) === 1)
    return <Status meaning="ends-soon">{left.text}</Status>;
  return (
    <Status meaning="trusted">{trusted === undefined ? 'Trusted' : `${trusted} trusted`}</Status>
  );
}
