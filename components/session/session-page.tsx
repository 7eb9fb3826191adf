'use client';

import { AttemptEnded, mayConnectAgain } from '@/components/session/attempt-ended';
import { AttemptSteps, stepText } from '@/components/session/attempt-steps';
import { Interrupted } from '@/components/session/interrupted';
import { LiveSession } from '@/components/session/live-session';
import { SessionState } from '@/components/session/session-state';
import { Button } from '@/components/ui/button';
import { PageHeader } from '@/components/ui/page-header';
import { TextLink } from '@/components/ui/text-link';
import type { Attempt } from '@/lib/client/attempt';
import { useComputerSession } from '@/lib/client/use-computer-session';
import type { Computer } from '@/lib/contract/resources';

/** Connects to a computer, and shows it while the page is open. */
export function SessionPage({ computer: { id, name } }: { computer: Computer }) {
  const { view, leave, again } = useComputerSession(id);
  const { attempt, live } = view;
  const isConnected = attempt.step === 'connected';
  return (
    <>
      <PageHeader
        back={<TextLink href="/computers">Computers</TextLink>}
        title={name}
        description="A direct connection between this browser and the computer. It only shows; nothing can be changed."
        actions={<Act attempt={attempt} computer={name} leave={leave} again={again} />}
      />
      {isConnected ? null : (
        <p role="status" className="sr-only">
          {stepText(attempt.step, name)}
        </p>
      )}
      <div className="mb-4 flex min-h-7 flex-wrap items-center gap-x-4 gap-y-1">
        {isConnected ? <SessionState heardAtMs={live.heardAtMs} computer={name} /> : null}
        <Interrupted />
      </div>
      {isConnected ? (
        <LiveSession live={live} />
      ) : attempt.step === 'ended' ? (
        <AttemptEnded ending={attempt.ending} computer={name} />
      ) : (
        <AttemptSteps attempt={attempt} computer={name} />
      )}
    </>
  );
}

/** One button in one place for all that can be done: whoever works by keyboard keeps the focus. */
function Act({
  attempt,
  computer,
  leave,
  again,
}: {
  attempt: Attempt;
  computer: string;
  leave: () => void;
  again: () => void;
}) {
  if (attempt.step !== 'ended') {
    return (
      <Button onClick={leave}>{attempt.step === 'connected' ? 'Disconnect' : 'Cancel'}</Button>
    );
  }
  if (!mayConnectAgain(attempt.ending, computer)) return null;
  return (
    <Button variant="primary" onClick={again}>
      Connect again
    </Button>
  );
}
