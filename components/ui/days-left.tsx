'use client';

import { useNowMs } from '@/components/ui/now';
import { Status } from '@/components/ui/status';
import { dateText, exactTimeText, timeLeft } from '@/components/ui/time-text';
import type { VerifiedIp } from '@/lib/contract/resources';

type Trust = Pick<VerifiedIp, 'state' | 'trustedUntil'>;

/** The state of a verified IP; the server's wins where it is harsher than the time. */
export function TrustStatus({ state, trustedUntil }: Trust) {
  const left = timeLeft(Date.parse(trustedUntil), useNowMs());
  if (state === 'revoked') return <Status meaning="revoked" />;
  return <Status meaning={state === 'expired' ? 'expired' : left.state} />;
}

/** When its trust ends: "24 Feb 2027", and under it "90 days left". */
export function TrustEnd({ state, trustedUntil }: Trust) {
  const untilMs = Date.parse(trustedUntil);
  const left = timeLeft(untilMs, useNowMs());
  if (state === 'revoked') return <span className="text-muted">ended</span>;
  return (
    <time dateTime={trustedUntil} title={exactTimeText(untilMs)} className="whitespace-nowrap">
      {dateText(untilMs)}
      {left.text ? <span className="block text-muted">{left.text}</span> : null}
    </time>
  );
}
