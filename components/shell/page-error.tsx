'use client';

import { RotateCw } from 'lucide-react';
import { Button } from '@/components/ui/button';
import { Callout } from '@/components/ui/callout';
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
  const digest = (error as { digest?: unknown } | null)?.digest;
  const reason = typeof digest === 'string' ? REASONS[digest] : undefined;
  return (
    <>
      <PageHeader title="This page could not be shown" />
      <Callout
        tone="danger"
        live
        title={reason?.title ?? 'Something failed while it was being made'}
        actions={
          <Button icon={RotateCw} onClick={retry}>
            Try again
          </Button>
        }
      >
        <p>
          <span>Nothing was changed. </span>
          {reason ? (
            <span>{reason.cure}</span>
          ) : (
            <span>
              If trying again does not help, tell whoever runs this Gatehouse
              {typeof digest === 'string' ? (
                <>
                  , with the error number{' '}
                  <code className="font-mono text-[0.8125rem]">{digest}</code>
                </>
              ) : null}
              .
            </span>
          )}
        </p>
      </Callout>
    </>
  );
}
