'use client';

import { digestOf } from '@/components/shell/error-card';
import { buttonClass } from '@/components/ui/button-class';
import { PageHeader } from '@/components/ui/page-header';

/** What is known of why, by the digest that the server gave. */
const REASONS: Record<string, { title: string; cure: string }> = {
  unavailable: {
    title: 'The database does not answer',
    cure: 'Try again in a moment. If this goes on, tell whoever runs this Gatehouse.',
  },
  too_many_requests: {
    title: 'Too many requests at once',
    cure: 'Wait a few seconds, then try again.',
  },
};

/** What stands in a page's place when it could not be made. The shell and its navigation stay. */
export function PageError({ error, retry }: { error: unknown; retry: () => void }) {
  const digest = digestOf(error);
  const reason = digest === null ? undefined : REASONS[digest];
  return (
    <>
      <PageHeader title="This page could not be shown" />
      <div role="alert" className="rounded-lg border border-blocked-line bg-blocked-soft px-4 py-3">
        <p className="font-medium text-blocked">
          {reason?.title ?? 'Something failed while it was being made'}
        </p>
        <p className="mt-1">
          <span>Nothing was changed. </span>
          {reason ? (
            <span>{reason.cure}</span>
          ) : (
            <span>
              If trying again does not help, tell whoever runs this Gatehouse
              {digest === null ? null : (
                <>
                  , with the error number{' '}
                  <code className="font-mono text-[0.8125rem]">{digest}</code>
                </>
              )}
              .
            </span>
          )}
        </p>
        <button type="button" className={`mt-3 ${buttonClass()}`} onClick={retry}>
          Try again
        </button>
      </div>
    </>
  );
}
