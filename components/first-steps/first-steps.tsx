'use client';

import { useQueryClient } from '@tanstack/react-query';
import { CircleCheck, CircleDashed } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { RegisterDialog } from '@/components/register/dialogs';
import { Button, ButtonLink } from '@/components/ui/button';
import { Callout } from '@/components/ui/callout';
import { classNames } from '@/components/ui/class-names';
import { Card, Section } from '@/components/ui/section';
import type { FirstSteps as Steps, TeamSummary } from '@/lib/contract/resources';
import { hasPermission } from '@/lib/policy/roles';
import { call } from '@/lib/react/call';
import { useGatedMutation } from '@/lib/react/gated-mutation';
import { queryKey, useCall } from '@/lib/react/queries';
import { useSocketMessages } from '@/lib/react/socket-context';

/**
 * What is left to do until a team is set up, for those who manage it; nothing once all is done, or it was
 * hidden. The page has a socket (`SocketProvider`).
 */
export function FirstSteps({ team, initial }: { team: TeamSummary; initial: Steps }) {
  const params = { teamId: team.id };
  const queries = useQueryClient();
  const { data: steps } = useCall(
    'GET /teams/{teamId}/first-steps',
    { params },
    // Steps are done on other pages, a moment ago perhaps.
    { initialData: initial, staleTime: 0 },
  );
  const key = queryKey('GET /teams/{teamId}/first-steps', { params });
  const refresh = () => queries.invalidateQueries({ queryKey: key });
  useSocketMessages(({ action }) => {
    if (action === 'presence' || action === 'hello') void refresh();
  });
  const [isRegistering, setRegistering] = useState(false);
  const settle = useGatedMutation({
    mutationFn: (body: { hidden?: true; ssoNotNeeded?: true }) =>
      call('PATCH /teams/{teamId}/first-steps', { params, body }),
    onSuccess: refresh,
  });
  const test = useGatedMutation({
    mutationFn: () => call('POST /teams/{teamId}/test-mails', { params, body: {} }),
    onSuccess: refresh,
  });
  const page = (name: string) => `/teams/${team.id}/${name}`;
  const lines: readonly Line[] = [
    { isDone: true, text: 'The team exists' },
    {
      isDone: steps.computer,
      text: 'A computer is registered',
      act: (
        <Button size="sm" onClick={() => setRegistering(true)}>
          Register…
        </Button>
      ),
    },
    {
      isDone: steps.online,
      text: 'It is online',
      hint: 'You get one command to run on it, as you register it or by “Bring online…” on its row.',
      act: steps.computer ? (
        <ButtonLink size="sm" href={page('computers')}>
          Team Computers
        </ButtonLink>
      ) : null,
    },
    {
      isDone: steps.connected,
      text: 'Somebody has connected to it',
      hint: 'Press “Connect” beside it in the list.',
    },
    {
      isDone: steps.secondOwner,
      text: 'There is a second owner',
      hint: 'Somebody who can let you in again.',
      act: (
        <ButtonLink size="sm" href={page('members')}>
          Members
        </ButtonLink>
      ),
    },
    {
      isDone: steps.sso !== 'open',
      text: steps.sso === 'not_needed' ? 'Single sign-on: not needed' : 'Single sign-on is set up',
      hint: 'Members then sign in, and prove that it is them, through your company.',
      act: (
        <>
          <Button
            size="sm"
            variant="ghost"
            pending={settle.isPending && settle.variables.ssoNotNeeded}
            onClick={() => settle.mutate({ ssoNotNeeded: true })}
          >
            Not needed
          </Button>
          {hasPermission(team.role, 'sso.change') ? (
            <ButtonLink size="sm" href={page('sso')}>
              Single sign-on
            </ButtonLink>
          ) : null}
        </>
      ),
    },
    {
      isDone: steps.mail === 'works',
      text: 'Mail leaves',
      hint:
        steps.mail === 'no_server'
          ? 'No mail server is set: links must be passed on by hand, and warnings reach nobody. Whoever runs this Gatehouse sets SMTP_URL.'
          : 'Invitations and warnings go by mail. The test goes to your own address.',
      act:
        steps.mail === 'untested' ? (
          <Button size="sm" pending={test.isPending} onClick={() => test.mutate()}>
            Send a test
          </Button>
        ) : null,
    },
  ];
  const done = lines.filter(({ isDone }) => isDone).length;
  const isOver = steps.hidden || done === lines.length;
  const error = settle.error ?? test.error;
  return (
    <>
      {isOver ? null : (
        <div className="mb-8">
          <Section
            title={`Set up ${team.name}`}
            description={`${done} of ${lines.length} done`}
            actions={
              <Button
                size="sm"
                variant="ghost"
                pending={settle.isPending && settle.variables.hidden}
                onClick={() => settle.mutate({ hidden: true })}
              >
                Hide this list
              </Button>
            }
          >
            <Card padded={false}>
              <ol className="divide-y divide-line">
                {lines.map((line) => (
                  <StepLine key={line.text} {...line} />
                ))}
              </ol>
            </Card>
            {error ? (
              <div className="mt-3">
                <Callout tone="danger" live>
                  {error.message}
                </Callout>
              </div>
            ) : null}
            {test.data ? (
              <div className="mt-3">
                <Callout
                  tone={test.data.left ? 'success' : 'warn'}
                  live
                  title={test.data.left ? 'The test mail has left' : 'The test mail has not left'}
                >
                  {test.data.message}
                </Callout>
              </div>
            ) : null}
          </Section>
        </div>
      )}
      {isRegistering ? (
        <RegisterDialog
          teamId={team.id}
          onClose={() => {
            setRegistering(false);
            void refresh();
          }}
        />
      ) : null}
    </>
  );
}

type Line = { isDone: boolean; text: string; hint?: string; act?: ReactNode };

function StepLine({ isDone, text, hint, act }: Line) {
  const Icon = isDone ? CircleCheck : CircleDashed;
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-2 px-4 py-2.5">
      <div className="flex min-w-0 flex-1 basis-60 gap-2.5">
        <Icon
          aria-hidden
          className={classNames('mt-0.5 size-4 shrink-0', isDone ? 'text-trusted' : 'text-muted')}
        />
        <div className="min-w-0">
          <p className={isDone ? 'text-muted' : 'font-medium'}>
            <span>{text}</span>
            <span className="sr-only">{isDone ? ', done' : ', not yet'}</span>
          </p>
          {isDone || !hint ? null : <p className="text-muted">{hint}</p>}
        </div>
      </div>
      {isDone || !act ? null : <div className="flex flex-wrap gap-2 pl-6.5 sm:pl-0">{act}</div>}
    </li>
  );
}
