'use client';

import { type QueryCacheNotifyEvent, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { Button } from '@/components/ui/button';
import { Dialog, DialogActions, DialogClose } from '@/components/ui/dialog';
import { ApiError } from '@/lib/client/api';

/**
 * Says that the session is over as soon as any call finds out, over whatever is open. The page stays as
 * it is, so that what was typed can still be copied.
 */
export function SessionEnded() {
  const queries = useQueryClient();
  const [isOpen, setIsOpen] = useState(false);
  useEffect(() => {
    const look = (error: unknown) => {
      if (error instanceof ApiError && error.code === 'unauthenticated') setIsOpen(true);
    };
    const unsubscribe = [
      queries.getQueryCache().subscribe((event: QueryCacheNotifyEvent) => {
        if (event.type === 'updated' && event.action.type === 'error') look(event.action.error);
      }),
      queries.getMutationCache().subscribe((event) => {
        if (event.type === 'updated' && event.action.type === 'error') look(event.action.error);
      }),
    ];
    return () => {
      for (const stop of unsubscribe) stop();
    };
  }, [queries]);
  return (
    <Dialog
      open={isOpen}
      onOpenChange={setIsOpen}
      title="You are signed out"
      description="Your session has ended: it was signed out elsewhere, replaced, or has run out. Sign in again to go on; you come back to this page."
    >
      <DialogActions>
        <DialogClose>
          <Button>Stay here</Button>
        </DialogClose>
        <Button
          variant="primary"
          onClick={() => {
            const { pathname, search } = window.location;
            window.location.assign(`/login?callbackUrl=${encodeURIComponent(pathname + search)}`);
          }}
        >
          Sign in
        </Button>
      </DialogActions>
    </Dialog>
  );
}
