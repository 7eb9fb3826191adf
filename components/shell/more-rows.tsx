'use client';

import { useRef } from 'react';
import { Button } from '@/components/ui/button';
import { Callout } from '@/components/ui/callout';
import type { Pages } from '@/lib/react/queries';

/** Under a list: what asks for its next page. Nothing where one page is all. */
export function MoreRows({
  more,
  shown,
  noun,
}: {
  more: Pages<unknown>['more'];
  /** How many rows are shown. */
  shown: number;
  /** What they are, such as "members". */
  noun: string;
}) {
  const hadFocus = useRef(false);
  if (!more.isThere && more.pages < 2) return null;
  return (
    <div className="mt-4 flex flex-col gap-4">
      {more.error ? (
        <Callout tone="danger" live title={`The next ${noun} could not be loaded`}>
          {more.error.message}
        </Callout>
      ) : null}
      <div className="flex flex-wrap items-center gap-x-4 gap-y-2 text-muted">
        {more.isThere ? (
          <Button
            pending={more.isFetching}
            onClick={() => {
              hadFocus.current = true;
              void more.fetch();
            }}
          >
            Show more
          </Button>
        ) : null}
        <p
          // The button goes with the last page: who pressed it stays at the end of the list.
          ref={(end) => {
            if (end && !more.isThere && hadFocus.current) {
              hadFocus.current = false;
              end.focus();
            }
          }}
          tabIndex={-1}
        >
          {more.isThere ? `${shown} ${noun} shown` : `These are all ${shown}.`}
        </p>
        <span role="status" className="sr-only">
          {more.isFetching ? 'Loading' : `${shown} ${noun} shown`}
        </span>
      </div>
    </div>
  );
}
