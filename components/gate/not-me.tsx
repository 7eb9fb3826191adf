'use client';

import { useMutation } from '@tanstack/react-query';
import { Button } from '@/components/ui/button';
import { Callout } from '@/components/ui/callout';
import { call } from '@/lib/react/call';

/**
 * For whoever did not begin what the prompt asks about.
 * @param isSignedIn whether this browser has a session, by which all can be ended here and now
 */
export function NotMe({ isSignedIn = true }: { isSignedIn?: boolean }) {
  const end = useMutation({
    mutationFn: () => call('POST /me/containment', { body: {} }),
    // A full load leaves nothing of the session behind in this page.
    onSuccess: () => window.location.assign('/login'),
  });
  return (
    <details className="border-t border-line pt-4 text-muted">
      <summary className="w-fit cursor-pointer rounded-sm font-medium text-ink">
        This wasn’t me?
      </summary>
      <div className="mt-2 flex flex-col items-start gap-3">
        <p>
          Then somebody else may hold your session. Do not enter your password here. Sign out
          everywhere: that ends every session, a stolen one too. Then sign in again, choose a new
          password, and tell an owner of your team.
        </p>
        {isSignedIn ? (
          <Button size="sm" pending={end.isPending} onClick={() => end.mutate()}>
            Sign out everywhere
          </Button>
        ) : null}
        {end.error ? (
          <Callout tone="danger" live>
            {end.error.message}
          </Callout>
        ) : null}
      </div>
    </details>
  );
}
