'use client';

import { type ReactNode, useEffect, useRef, useState } from 'react';
import { LeaveGuard } from '@/components/form/leave-guard';
import { Button } from '@/components/ui/button';
import { Callout } from '@/components/ui/callout';
import { classNames } from '@/components/ui/class-names';
import { useKeptFocus } from '@/components/ui/kept-focus';

/**
 * Below a setting that was changed and is not saved yet; afterwards it says that it is, and keeps the focus that
 * its buttons had. Nobody leaves the page with a change without being asked.
 */
export function SaveBar({
  isChanged,
  error,
  isSaving,
  onDiscard,
  label,
  sticky = false,
  children,
}: {
  isChanged: boolean;
  /** Why it could not be saved, where no field says it. */
  error: Error | null;
  isSaving: boolean;
  onDiscard: () => void;
  /** Of the button that saves. */
  label: string;
  /** Stays in sight while the page is longer than the screen. */
  sticky?: boolean;
  /** What else can be done with the change. */
  children?: ReactNode;
}) {
  const bar = useKeptFocus(isChanged);
  const [said, setSaid] = useState('');
  const wasChanged = useRef(isChanged);
  const isDiscarded = useRef(false);
  const wasSaving = useRef(false);
  if (isSaving) wasSaving.current = true;
  useEffect(() => {
    if (wasChanged.current === isChanged) return;
    wasChanged.current = isChanged;
    if (isChanged) {
      wasSaving.current = false;
      isDiscarded.current = false;
      return setSaid('');
    }
    if (isDiscarded.current) setSaid('Discarded: all is as it was.');
    else if (wasSaving.current) setSaid('Saved.');
  }, [isChanged]);
  // Read, or passed by: it need not cover the page any longer.
  useEffect(() => {
    const shown = bar.current;
    const hide = () => setSaid('');
    shown?.addEventListener('focusout', hide);
    return () => shown?.removeEventListener('focusout', hide);
  }, [bar]);
  return (
    <div
      ref={bar}
      tabIndex={-1}
      className={classNames(
        'flex flex-wrap items-center justify-end gap-2',
        (isChanged || said !== '') &&
          (sticky
            ? 'sticky bottom-(--foot) z-10 mt-6 -mx-4 border-t border-line bg-canvas px-4 py-3 sm:mx-0 sm:px-0'
            : 'mt-4'),
      )}
    >
      <LeaveGuard isChanged={isChanged} />
      {error && isChanged ? (
        <div className="w-full">
          <Callout tone="danger" live>
            {error.message}
          </Callout>
        </div>
      ) : null}
      <p role="status" className="mr-auto text-muted">
        {isChanged ? 'Not saved yet.' : said}
      </p>
      {isChanged ? (
        <>
          {children}
          <Button
            onClick={() => {
              isDiscarded.current = true;
              onDiscard();
            }}
            disabled={isSaving}
          >
            Discard
          </Button>
          <Button type="submit" variant="primary" pending={isSaving}>
            {label}
          </Button>
        </>
      ) : null}
    </div>
  );
}
