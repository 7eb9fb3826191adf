'use client';

import { useMemo } from 'react';
import { FormError } from '@/components/form/form-error';
import { ButtonLink } from '@/components/ui/button';
import { Callout } from '@/components/ui/callout';
import { endingText, refusalAdvice } from '@/components/visit/endings';
import { toApiError } from '@/lib/client/api';
import type { Ending } from '@/lib/client/attempt';
import type { Problem } from '@/lib/contract/problem';

/** How the attempt ended, before the person's eyes, and what to do. */
export function AttemptEnded({ ending, computer }: { ending: Ending; computer: string }) {
  if (ending.kind === 'refused') return <Refused problem={ending.problem} />;
  const { tone, title, text, mayHelp } = endingText(ending.kind, computer);
  return (
    <Callout tone={tone} live title={title} actions={mayHelp ? null : <BackToComputers />}>
      {text}
    </Callout>
  );
}

/** Whether the button that connects again belongs on the page. */
export function mayConnectAgain(ending: Ending, computer: string): boolean {
  return ending.kind === 'refused'
    ? refusalAdvice(ending.problem.code).mayHelp
    : endingText(ending.kind, computer).mayHelp;
}

function Refused({ problem }: { problem: Problem }) {
  const error = useMemo(() => toApiError(problem, problem.status), [problem]);
  const { advice, mayHelp } = refusalAdvice(problem.code);
  if (error.code === 'too_many_requests') return <FormError error={error} />;
  return (
    <Callout
      tone={error.code === 'unavailable' ? 'warn' : 'danger'}
      live
      title={problem.title}
      actions={mayHelp ? null : <BackToComputers />}
    >
      {error.message} {advice}
    </Callout>
  );
}

function BackToComputers() {
  return (
    <ButtonLink href="/computers" size="sm">
      All computers
    </ButtonLink>
  );
}
