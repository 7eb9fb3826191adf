'use client';

import dynamic from 'next/dynamic';
import { type ReactNode, useEffect, useRef, useState } from 'react';
import { fieldErrors } from '@/components/form/field-errors';
import { SaveBar } from '@/components/form/save-bar';
import { actionWords, modeWords } from '@/components/gate/action-words';
import { Button } from '@/components/ui/button';
import { ConfirmDialog } from '@/components/ui/confirm-dialog';
import { countText } from '@/components/ui/count-text';
import { Field } from '@/components/ui/field';
import { Input } from '@/components/ui/input';
import { Card, Section } from '@/components/ui/section';
import { Segmented } from '@/components/ui/segmented';
import { TextLink } from '@/components/ui/text-link';
import type { BodyOf } from '@/lib/contract/endpoints';
import type { AppRule } from '@/lib/contract/resources';
import {
  ACTION_NAMES,
  ACTIONS,
  type Action,
  MODES,
  type Mode,
  TEAM_ACTIONS,
  type TeamAction,
} from '@/lib/policy/actions';

const Simulation = dynamic(
  () => import('@/components/rules/simulation').then((module) => module.Simulation),
  { ssr: false },
);

const modeOptions = MODES.map((value) => ({ value, label: modeWords[value] }));

const derivedActions = ACTION_NAMES.filter((action) => ACTIONS[action].setBy !== 'ruleset');

export type RuleChange = BodyOf<'PATCH /teams/{teamId}/app-rules/{ruleId}'>;
type Modes = Record<TeamAction, Mode>;
type Edits = { days: string | null; modes: Partial<Modes> };
const NO_EDITS: Edits = { days: null, modes: {} };

/** For how long a network is trusted, and the mode of each action: changed together, saved at once. */
export function RuleDetails({
  teamId,
  rule,
  readOnly,
  wouldBeBlocked,
  error,
  onSave,
  onStart,
}: {
  teamId: string;
  rule: AppRule;
  /** Why nothing can be changed; null when it can. */
  readOnly: string | null;
  wouldBeBlocked: number;
  error: Error | null;
  onSave: (body: RuleChange) => Promise<unknown>;
  /** A new attempt begins: an error of the last one is void. */
  onStart: () => void;
}) {
  const { enabled, trustDays, trustDaysMax, actions } = rule.ipVerification;
  const saved: Modes = actions;
  // What was changed here alone: the rest follows what others save meanwhile.
  const [edits, setEdits] = useState<Edits>(NO_EDITS);
  const days = edits.days ?? String(trustDays);
  const modes: Modes = { ...saved, ...edits.modes };
  const [isAsking, setIsAsking] = useState(false);
  const [isSaving, setIsSaving] = useState(false);
  const [isSimulating, setIsSimulating] = useState(false);
  const [daysFault, setDaysFault] = useState<string | null>(null);
  const daysField = useRef<HTMLInputElement>(null);
  // What was typed before the page came alive.
  // biome-ignore lint/correctness/useExhaustiveDependencies: once
  useEffect(() => {
    const typed = daysField.current?.value.trim() ?? days;
    if (typed !== days) setEdits((before) => ({ ...before, days: typed }));
  }, []);

  const nextDays = /^\d{1,5}$/.test(days) && Number(days) >= 1 ? Number(days) : null;
  const changedModes = TEAM_ACTIONS.filter((action) => modes[action] !== saved[action]);
  const isChanged = days !== String(trustDays) || changedModes.length > 0;
  const isWeaker =
    (nextDays ?? 0) > trustDays ||
    changedModes.some((action) => MODES.indexOf(modes[action]) > MODES.indexOf(saved[action]));
  const serverDaysFault = fieldErrors(error)['ipVerification.trustDays'];

  const body = (reason: string): RuleChange => ({
    ipVerification: {
      ...(nextDays !== null && nextDays !== trustDays && { trustDays: nextDays }),
      ...(changedModes.length > 0 && {
        actions: Object.fromEntries(changedModes.map((action) => [action, modes[action]])),
      }),
    },
    ...(reason !== '' && { reason }),
  });
  const save = async (reason = '') => {
    setIsSaving(true);
    try {
      await onSave(body(reason));
      setEdits(NO_EDITS);
    } finally {
      setIsSaving(false);
    }
  };
  const submit = () => {
    onStart();
    if (nextDays === null || nextDays > trustDaysMax) {
      setDaysFault(
        nextDays === null
          ? `Enter a whole number of days, 1 to ${trustDaysMax}.`
          : `Trust may last at most ${trustDaysMax} days here.`,
      );
      return daysField.current?.focus();
    }
    if (isWeaker) setIsAsking(true);
    // The error is shown from the mutation.
    else save().catch(() => undefined);
  };
  const discard = () => {
    onStart();
    setEdits(NO_EDITS);
    setDaysFault(null);
  };

  return (
    <form
      method="post"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <Section
        title="Trust period"
        description="After this many days a network has to be verified again. Using it does not make it last longer."
      >
        <Card>
          {readOnly ? (
            <p>
              <span className="font-medium tabular-nums">{trustDays}</span>{' '}
              {trustDays === 1 ? 'day' : 'days'}
            </p>
          ) : (
            <Field
              label="Days of trust"
              error={daysFault ?? serverDaysFault}
              hint={`1 to ${trustDaysMax} days. Members confirm once per network and period. Shortening it ends older networks right away.`}
            >
              <Input
                type="text"
                inputMode="numeric"
                autoComplete="off"
                maxLength={5}
                ref={daysField}
                value={days}
                onChange={(event) => {
                  setEdits({ ...edits, days: event.target.value.trim() });
                  setDaysFault(null);
                }}
                className="max-w-24"
              />
            </Field>
          )}
        </Card>
      </Section>

      <Section
        title="Actions"
        description={
          enabled ? (
            <span key="on">
              From networks that are not verified: <b className="font-medium">Enforce</b> blocks,{' '}
              <b className="font-medium">Monitor</b> allows and counts,{' '}
              <b className="font-medium">Off</b> allows.
            </span>
          ) : (
            <span key="off">
              While IP Verification is off, so is everything here. Switched on, the modes are as
              they were before.
            </span>
          )
        }
      >
        <Card padded={false} className="divide-y divide-line">
          {TEAM_ACTIONS.map((action) => (
            <ActionRow key={action} action={action}>
              {readOnly || !enabled ? (
                <ModeText mode={saved[action]} />
              ) : (
                <Segmented
                  label={actionWords(action).name}
                  value={modes[action]}
                  options={modeOptions}
                  pending={isSaving}
                  onValueChange={(mode) =>
                    setEdits({ ...edits, modes: { ...edits.modes, [action]: mode } })
                  }
                />
              )}
            </ActionRow>
          ))}
          {derivedActions.map((action) => (
            <ActionRow key={action} action={action}>
              <ModeText mode={actions[action]} />
            </ActionRow>
          ))}
        </Card>
        <p className="mt-3 text-muted">
          {wouldBeBlocked === 0 ? (
            <span key="none">
              In the last 30 days, enforcing what is only monitored would have asked nobody.
            </span>
          ) : (
            <span key="some">
              In the last 30 days, enforcing what is only monitored would have meant{' '}
              <span className="font-medium text-ink tabular-nums">
                {countText(wouldBeBlocked, 'prompt')}
              </span>
              . <TextLink href={`/teams/${teamId}/members`}>See whose</TextLink>
            </span>
          )}
        </p>
      </Section>

      {readOnly ? null : (
        <SaveBar
          isChanged={isChanged}
          error={serverDaysFault || isAsking ? null : error}
          isSaving={isSaving}
          onDiscard={discard}
          label="Save changes"
          sticky
        >
          <Button onClick={() => setIsSimulating(true)} disabled={nextDays === null}>
            Simulate
          </Button>
        </SaveBar>
      )}
      {isSimulating ? (
        <Simulation
          teamId={teamId}
          settings={body('').ipVerification}
          onClose={() => setIsSimulating(false)}
        />
      ) : null}

      <ConfirmDialog
        open={isAsking}
        onOpenChange={setIsAsking}
        tone="primary"
        title="Make IP Verification less strict?"
        confirmLabel="Save changes"
        reason={{ label: 'Reason', hint: 'Kept in Activity, and mailed to the other owners.' }}
        error={error?.message}
        onConfirm={(reason) => save(reason)}
      >
        {nextDays !== null && nextDays > trustDays ? (
          <p>
            A stolen sign-in works longer on a network that its user has verified: {nextDays} days
            instead of {trustDays}.
          </p>
        ) : null}
        {changedModes
          .filter((action) => MODES.indexOf(modes[action]) > MODES.indexOf(saved[action]))
          .map((action) => (
            <p key={action}>
              “{actionWords(action).name}” is let through from any network
              {modes[action] === 'monitor' ? ', and counted' : ', and not counted'}.
            </p>
          ))}
      </ConfirmDialog>
    </form>
  );
}

function ActionRow({ action, children }: { action: Action; children: ReactNode }) {
  return (
    <div className="flex flex-col gap-x-8 gap-y-2.5 px-4 py-3.5 sm:flex-row sm:items-center sm:justify-between sm:px-5">
      <div className="min-w-0 max-w-prose">
        <p className="font-medium">{actionWords(action).name}</p>
        <p className="text-muted">{actionWords(action).about}</p>
      </div>
      <div className="shrink-0">{children}</div>
    </div>
  );
}

/** A mode that can't be chosen here. */
function ModeText({ mode }: { mode: Mode }) {
  return (
    <span className="inline-flex rounded-full bg-sunken px-2.5 py-0.5 text-[0.8125rem] font-medium text-muted">
      {modeWords[mode]}
    </span>
  );
}
