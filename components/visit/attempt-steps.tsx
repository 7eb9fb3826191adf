'use client';

import { CircleCheck, CircleDashed, LoaderCircle } from 'lucide-react';
import { type ReactNode, useEffect, useState } from 'react';
import { waitText } from '@/components/gate/retry-wait';
import { classNames } from '@/components/ui/class-names';
import { useNowMs } from '@/components/ui/now';
import { Card } from '@/components/ui/section';
import type { Attempt } from '@/lib/client/attempt';
import { CONNECTION_WAIT_SECONDS } from '@/lib/policy/connection-state';

type Running = Exclude<Attempt, { step: 'ended' }>;
type Step = Exclude<Running['step'], 'verifying'>;
const STEPS: readonly Step[] = ['checking', 'waiting', 'connecting', 'connected'];

/** The state of an attempt in words; empty where something else on the page says it. */
export function stepText(step: Attempt['step'], computer: string): string {
  const texts: Record<Attempt['step'], string> = {
    checking: 'Checking your network',
    verifying: '',
    waiting: `Waiting for ${computer}`,
    connecting: 'Connecting directly',
    connected: 'Connected',
    ended: '',
  };
  return texts[step];
}

/** How far the attempt has come. */
export function AttemptSteps({ attempt, computer }: { attempt: Running; computer: string }) {
  const step = attempt.step === 'verifying' ? 'checking' : attempt.step;
  const at = STEPS.indexOf(step);
  return (
    <Card>
      <ol aria-label="Steps to the connection" className="flex flex-col gap-3">
        {STEPS.map((one, index) => (
          <StepLine
            key={one}
            state={index < at ? 'done' : index === at ? 'now' : 'ahead'}
            text={stepText(one, computer)}
          >
            {index === at ? <Hint attempt={attempt} computer={computer} /> : null}
          </StepLine>
        ))}
      </ol>
    </Card>
  );
}

const looks = {
  done: { icon: CircleCheck, mark: 'text-trusted', text: 'text-muted', word: 'done' },
  now: {
    icon: LoaderCircle,
    mark: 'animate-spin text-accent-ink',
    text: 'font-medium',
    word: null,
  },
  ahead: { icon: CircleDashed, mark: 'text-muted', text: 'text-muted', word: 'not yet' },
} as const;

function StepLine({
  state,
  text,
  children,
}: {
  state: keyof typeof looks;
  text: string;
  children: ReactNode;
}) {
  const { icon: Icon, mark, text: textClass, word } = looks[state];
  return (
    <li aria-current={state === 'now' ? 'step' : undefined} className="flex gap-2.5">
      <Icon aria-hidden className={classNames('mt-0.5 size-4 shrink-0', mark)} />
      <div className="min-w-0">
        <p className={classNames(textClass, 'wrap-anywhere')}>
          <span>{text}</span>
          {word ? <span className="sr-only">, {word}</span> : null}
        </p>
        {children}
      </div>
    </li>
  );
}

function Hint({ attempt, computer }: { attempt: Running; computer: string }) {
  if (attempt.step === 'verifying') {
    return <p className="text-muted">This network is not verified for your account.</p>;
  }
  if (attempt.step !== 'waiting') return null;
  return (
    <div className="text-muted">
      {attempt.online ? null : (
        <p className="wrap-anywhere">
          {computer} is offline. It is asked as soon as it comes online.
        </p>
      )}
      <TimeLeft until={attempt.expiresAt} />
    </div>
  );
}

/** Shown, and not read out second by second. */
function TimeLeft({ until }: { until: string }) {
  const [, tick] = useState(0);
  const nowMs = useNowMs();
  useEffect(() => {
    const timer = setInterval(() => tick((ticks) => ticks + 1), 500);
    return () => clearInterval(timer);
  }, []);
  // The page's time lags by as long as the page took to come alive.
  const leftSeconds = Math.min(
    CONNECTION_WAIT_SECONDS,
    Math.ceil((Date.parse(until) - nowMs) / 1_000),
  );
  return (
    <p className="tabular-nums">
      {leftSeconds > 0 ? `${waitText(leftSeconds)} left` : 'Its time is over'}
    </p>
  );
}
