'use client';

import { useState } from 'react';
import { useForm } from 'react-hook-form';
import { useEarlyInput } from '@/components/form/early-input';
import { fieldErrors } from '@/components/form/field-errors';
import { LeaveGuard } from '@/components/form/leave-guard';
import { OidcFields } from '@/components/providers/oidc-fields';
import { ProviderCheckResult } from '@/components/providers/provider-check';
import type { ProviderChoice } from '@/components/providers/provider-choices';
import {
  initialChoices,
  initialValues,
  newProvider,
  type ProviderChoices,
  type ProviderValues,
  providerChange,
  providerLook,
} from '@/components/providers/provider-values';
import { SamlFields } from '@/components/providers/saml-fields';
import { Button } from '@/components/ui/button';
import { Callout } from '@/components/ui/callout';
import { Checkbox } from '@/components/ui/checkbox';
import { Field } from '@/components/ui/field';
import { Input } from '@/components/ui/input';
import { Select } from '@/components/ui/select';
import type { Provider } from '@/lib/contract/sso';
import { call } from '@/lib/react/call';
import { useGatedMutation } from '@/lib/react/gated-mutation';

const roleOptions = [
  { value: '', label: 'Do not make accounts' },
  { value: 'member', label: 'Make accounts, as members' },
  { value: 'admin', label: 'Make accounts, as admins' },
];

const BELIEF_RISK =
  'The risk: whoever may set his own email there, a guest or by his profile, gets an account under the email of whom you invited, and is asked to prove those that there are. Choose it only where administrators alone set emails.';

/** What is known of a provider: adds one that was reserved, or edits one. */
export function ProviderForm({
  teamId,
  begin,
  onSaved,
  onCancel,
}: {
  teamId: string;
  /** The one to edit, or as what a new one begins. */
  begin: { provider: Provider } | { reservedId: string; choice: ProviderChoice };
  onSaved: (saved: Provider) => unknown;
  onCancel?: () => void;
}) {
  const provider = 'provider' in begin ? begin.provider : null;
  const choice = 'choice' in begin ? begin.choice : null;
  const [choices, setChoices] = useState<ProviderChoices>(() =>
    initialChoices(provider, choice?.kind),
  );
  const [isChosen, setIsChosen] = useState(false);
  const choose = (change: Partial<ProviderChoices>) => {
    setIsChosen(true);
    setChoices({ ...choices, ...change });
  };
  const form = useForm<ProviderValues>({
    defaultValues: {
      ...initialValues(provider),
      ...(choice && { name: choice.id in { oidc: 0, saml: 0 } ? '' : choice.label }),
      ...(choice?.issuer && { issuer: choice.issuer }),
    },
  });
  const { register, handleSubmit, setError, setValue, formState } = form;
  const early = useEarlyInput(setValue);
  const look = useGatedMutation({
    mutationFn: (values: ProviderValues) =>
      call('POST /teams/{teamId}/sso-checks', {
        params: { teamId },
        body: providerLook(values, choices),
      }),
  });
  const save = useGatedMutation({
    mutationFn: (values: ProviderValues) =>
      'provider' in begin
        ? call('PATCH /teams/{teamId}/sso-connections/{id}', {
            params: { teamId, id: begin.provider.id },
            body: providerChange(values, choices),
          })
        : call('POST /teams/{teamId}/sso-connections', {
            params: { teamId },
            // Nobody’s sign-in changes until it is switched on.
            body: { ...newProvider(values, choices), id: begin.reservedId, enabled: false },
          }),
    onSuccess: onSaved,
    onError: (error) => {
      for (const [faultPath, message] of Object.entries(fieldErrors(error))) {
        const name = faultPath.split('.')[0] as keyof ProviderValues;
        if (message && name in form.getValues()) setError(name, { message }, { shouldFocus: true });
      }
    },
  });
  const isShownAtField = Object.keys(formState.errors).length > 0;
  const isOtherProvider = save.error?.problem.reason === 'other_provider';

  return (
    <form
      ref={early}
      method="post"
      noValidate
      className="flex flex-col gap-4"
      onSubmit={(event) => void handleSubmit((values) => save.mutate(values))(event)}
    >
      <LeaveGuard isChanged={(formState.isDirty || isChosen) && !save.isSuccess} />
      <Field
        label="Name"
        hint="Members read it on the button that leads there."
        error={formState.errors.name?.message}
      >
        <Input
          autoComplete="off"
          maxLength={80}
          placeholder="Harbour login"
          {...register('name', { validate: (name) => name.trim() !== '' || 'Enter a name.' })}
        />
      </Field>
      {choices.kind === 'oidc' ? (
        <OidcFields form={form} isNew={provider === null} issuerExample={choice?.issuerExample} />
      ) : (
        <SamlFields form={form} choices={choices} choose={choose} />
      )}
      <Field
        label="People without an account"
        hint="At their first sign-in. Whoever was invited gets the role of the invitation."
      >
        <Select
          options={roleOptions}
          value={choices.justInTimeRole ?? ''}
          onChange={({ target }) =>
            choose({
              justInTimeRole:
                target.value === 'member' || target.value === 'admin' ? target.value : null,
            })
          }
        />
      </Field>
      <Checkbox
        label="Believe its emails"
        hint={
          choices.kind === 'saml'
            ? `SAML does not say whether an email is verified, so without this nobody signs in through it for the first time. ${BELIEF_RISK}`
            : `Only for a provider that does not say whether an email is verified (no email_verified, such as Microsoft Entra). ${BELIEF_RISK}`
        }
        checked={choices.believesEmail}
        onChange={({ target }) => choose({ believesEmail: target.checked })}
      />
      {provider && choices.believesEmail && !provider.believesEmail ? (
        <Field
          label="Reason"
          hint="Kept in Activity, and mailed to the other owners."
          error={formState.errors.reason?.message}
        >
          <Input
            autoComplete="off"
            maxLength={500}
            {...register('reason', {
              shouldUnregister: true,
              validate: (reason) => reason.trim() !== '' || 'Say why they are believed.',
            })}
          />
        </Field>
      ) : null}
      {isOtherProvider || choices.replacesProvider ? (
        <Callout tone="warn" live title="This is another provider">
          <p>
            It has another name, or none of the certificates that were known here. If your provider
            only changed its certificate, ask it whether this one is its own before you go on.
          </p>
          <Checkbox
            label="It takes the place of the present one"
            hint="All sessions and verified networks that rest on the present one end at once, and everybody joins anew at the next sign-in."
            checked={choices.replacesProvider}
            onChange={({ target }) => choose({ replacesProvider: target.checked })}
          />
        </Callout>
      ) : null}
      {look.data && !save.error ? <ProviderCheckResult check={look.data} /> : null}
      {look.error ? (
        <Callout tone="danger" live>
          {look.error.message}
        </Callout>
      ) : null}
      {save.error && !isShownAtField && !isOtherProvider ? (
        <Callout tone="danger" live>
          {save.error.message}
        </Callout>
      ) : null}
      <div className="flex flex-wrap gap-2">
        <Button type="submit" variant="primary" pending={save.isPending}>
          Save
        </Button>
        <Button
          pending={look.isPending}
          onClick={async () => {
            // What is asked of the provider alone: the rest may be filled in later.
            if (await form.trigger(LOOKED_AT)) {
              save.reset();
              look.mutate(form.getValues());
            }
          }}
        >
          Check
        </Button>
        {onCancel ? <Button onClick={onCancel}>Cancel</Button> : null}
      </div>
    </form>
  );
}

const LOOKED_AT = [
  'issuer',
  'metadataUrl',
  'metadata',
  'idpEntityId',
  'ssoUrl',
  'certificates',
] as const;
