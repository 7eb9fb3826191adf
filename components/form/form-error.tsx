'use client';

import { useRetryWait, waitText } from '@/components/gate/retry-wait';
import { Callout } from '@/components/ui/callout';
import { ApiError } from '@/lib/client/api';

/** Why a form was refused, where no field of it is to blame; with the wait, where there is one. */
export function FormError({ error, title }: { error: Error | null; title?: string }) {
  const waitSeconds = useRetryWait(error);
  if (error === null) return null;
  const isTooMany = error instanceof ApiError && error.code === 'too_many_requests';
  if (!isTooMany) {
    return (
      <Callout tone="danger" live title={title}>
        {error.message}
      </Callout>
    );
  }
  const isTimed = error.problem.retryAfterSeconds !== undefined;
  return (
    <Callout tone="warn" live title="Too many attempts">
      {!isTimed
        ? 'Wait a few minutes, then try again.'
        : waitSeconds > 0
          ? `Try again in ${waitText(waitSeconds)}.`
          : 'You can try again now.'}
    </Callout>
  );
}
