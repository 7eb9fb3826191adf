'use client';

import { Interrupted } from '@/components/shell/interrupted';
import { Button } from '@/components/ui/button';
import { PageHeader } from '@/components/ui/page-header';
import { TextLink } from '@/components/ui/text-link';
import { AttemptEnded, mayConnectAgain } from '@/components/visit/attempt-ended';
import { AttemptSteps } from '@/components/visit/attempt-steps';
import { LiveVisit } from '@/components/visit/live-visit';
import { VisitState } from '@/components/visit/visit-state';
import type { Attempt } from '@/lib/client/attempt';
import type { Computer } from '@/lib/contract/resources';
import { useVisit } from '@/lib/react/use-visit';

/** Connects to a computer, and shows it while the page is open. */
export function VisitPage({ computer: { id, name } }: { computer: Computer }) {
  const { view, leave, again } = useVisit(id);
  const { attempt, live } = view;
  return (
    <>
      <PageHeader
        back={<TextLink href="/computers">Computers</TextLink>}
        title={name}
        description={
          <div className="mt-2 flex min-h-6 flex-wrap items-center gap-x-4 gap-y-1">
            <VisitState step={attempt.step} heardAtMs={live.heardAtMs} computer={name} />
            <Interrupted />
          </div>
        }
        actions={<Act attempt={attempt} computer={name} leave={leave} again={again} />}
      />
      {attempt.step === 'connected' ? (
        <LiveVisit live={live} />
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
