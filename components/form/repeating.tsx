'use client';

import { useRetryWait, waitText } from '@/components/gate/retry-wait';
import { Callout } from '@/components/ui/callout';
import { ApiError } from '@/lib/client/api';

/** Says that what was put off is tried again, while it is. */
export function Repeating({
  of: { isPending, failureReason },
}: {
  /** A mutation with `patience`. */
  of: { isPending: boolean; failureReason: Error | null };
}) {
  const waitSeconds = useRetryWait(failureReason);
  if (!isPending || failureReason === null) return null;
  const isTooMany = failureReason instanceof ApiError && failureReason.code === 'too_many_requests';
  return (
    <Callout live title="Waiting">
      {`${isTooMany ? 'Too many attempts at this moment.' : 'The server has no time at this moment.'} ${
        waitSeconds > 1
          ? `It is tried again by itself in ${waitText(waitSeconds)}: leave this page open.`
          : 'It is tried again by itself: leave this page open.'
      }`}
    </Callout>
  );
}
