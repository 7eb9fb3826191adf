'use client';

import { RotateCw } from 'lucide-react';
import { Button } from '@/components/ui/button';
import { Callout } from '@/components/ui/callout';
import { PageHeader } from '@/components/ui/page-header';

/** What stands in a page's place when it could not be made. The shell and its navigation stay. */
export function PageError({ error, retry }: { error: unknown; retry: () => void }) {
  const digest = (error as { digest?: unknown } | null)?.digest;
  return (
    <>
      <PageHeader title="This page could not be shown" />
      <Callout
        tone="danger"
        live
        title="Something failed while it was being made"
        actions={
          <Button icon={RotateCw} onClick={retry}>
            Try again
          </Button>
        }
      >
        <p>
          Nothing was changed. If trying again does not help, tell whoever runs this Gatehouse
          {typeof digest === 'string' ? (
            <>
              , with the error number <code className="font-mono text-[0.8125rem]">{digest}</code>
            </>
          ) : null}
          .
        </p>
      </Callout>
    </>
  );
}
