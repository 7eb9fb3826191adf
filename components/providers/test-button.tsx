'use client';

import { useMutation } from '@tanstack/react-query';
import { FlaskConical } from 'lucide-react';
import { Button } from '@/components/ui/button';
import { Dialog, DialogActions } from '@/components/ui/dialog';
import type { ApiError } from '@/lib/client/api';
import { startSso } from '@/lib/react/sso';

/** Runs the real flow in a window of its own, which then shows what came back. Nothing is stored. */
export function TestButton({ flow }: { flow: Parameters<typeof startSso>[0] }) {
  const test = useMutation<void, ApiError | Error>({
    mutationFn: async () => {
      // Opened before anything is waited for: else the browser takes it for an advertisement.
      const pane = window.open('', '_blank', 'popup,width=560,height=760');
      if (!pane) {
        throw new Error(
          'Your browser did not let a window open. Allow pop-ups for this page, then try again.',
        );
      }
      pane.document.title = 'Test provider';
      pane.document.body.textContent = 'Asking the identity provider…';
      try {
        pane.location.replace(await startSso(flow));
      } catch (error) {
        pane.close();
        throw error;
      }
    },
  });
  return (
    <>
      <Button
        icon={FlaskConical}
        pending={test.isPending}
        onClick={() => test.mutate()}
        className="pointer-coarse:min-h-11"
      >
        Test as me
      </Button>
      <Dialog
        open={test.isError}
        onOpenChange={(open) => {
          if (!open) test.reset();
        }}
        title="The test could not begin"
        description={test.error?.message}
      >
        <DialogActions>
          <Button variant="primary" onClick={() => test.reset()}>
            Close
          </Button>
        </DialogActions>
      </Dialog>
    </>
  );
}
