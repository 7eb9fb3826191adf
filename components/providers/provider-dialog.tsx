'use client';

import { useState } from 'react';
import { useForm } from 'react-hook-form';
import { fieldErrors } from '@/components/form/field-errors';
import { OidcFields } from '@/components/providers/oidc-fields';
import { kindWords } from '@/components/providers/provider-card';
import {
  initialChoices,
  initialValues,
  type Kind,
  newProvider,
  type ProviderChoices,
  type ProviderValues,
  providerChange,
} from '@/components/providers/provider-values';
import { SamlFields } from '@/components/providers/saml-fields';
import { Button } from '@/components/ui/button';
import { Callout } from '@/components/ui/callout';
import { Checkbox } from '@/components/ui/checkbox';
import { Dialog, DialogActions, DialogClose } from '@/components/ui/dialog';
import { Field } from '@/components/ui/field';
import { Input } from '@/components/ui/input';
import { Segmented } from '@/components/ui/segmented';
import { Select } from '@/components/ui/select';
import type { Provider } from '@/lib/contract/sso';
import { call } from '@/lib/react/call';
import { useGatedMutation } from '@/lib/react/gated-mutation';

const kindOptions = (['oidc', 'saml'] as const satisfies Kind[]).map((value) => ({
  value,
  label: kindWords[value],
}));

const roleOptions = [
  { value: '', label: 'Do not make accounts' },
  { value: 'member', label: 'Make accounts, as members' },
  { value: 'admin', label: 'Make accounts, as admins' },
];

const BELIEF_RISK =
  'The risk: whoever may set his own address there, a guest or by his profile, gets an account under the address of whom you invited, and is asked to prove those that there are. Choose it only where administrators alone set addresses.';

type FormProps = {
  teamId: string;
  /** The one to edit; null adds a new one. */
  provider: Provider | null;
  onSaved: (saved: Provider, isNew: boolean) => unknown;
};

/** Adds a provider, or edits one. */
export function ProviderDialog({ onClose, ...form }: FormProps & { onClose: () => void }) {
  return (
    <Dialog
      size="lg"
      open
      onOpenChange={(next) => {
        if (!next) onClose();
      }}
      title={form.provider ? `Edit ${form.provider.name}` : 'Add a provider'}
      description={
        form.provider
          ? 'What the provider says of itself is read again where you change it.'
          : 'What the provider must be told about Gatehouse, you get in the next step. Until then it may hold a placeholder.'
      }
    >
      <ProviderForm {...form} />
    </Dialog>
  );
}

function ProviderForm({ teamId, provider, onSaved }: FormProps) {
  const isNew = provider === null;
  const [choices, setChoices] = useState<ProviderChoices>(() => initialChoices(provider));
  const choose = (change: Partial<ProviderChoices>) => setChoices({ ...choices, ...change });
  const form = useForm<ProviderValues>({
    defaultValues: initialValues(provider),
  });
  const { register, handleSubmit, setError, formState } = form;
  const save = useGatedMutation({
    mutationFn: (values: ProviderValues) =>
      provider === null
        ? call('POST /teams/{teamId}/sso-connections', {
            params: { teamId },
            body: newProvider(values, choices),
          })
        : call('PATCH /teams/{teamId}/sso-connections/{id}', {
            params: { teamId, id: provider.id },
            body: providerChange(values, choices),
          }),
    onSuccess: (saved) => onSaved(saved, isNew),
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
      method="post"
      noValidate
      className="flex flex-col gap-4"
      onSubmit={(event) => {
        event.stopPropagation();
        void handleSubmit((values) => save.mutate(values))(event);
      }}
    >
      {isNew ? (
        <div className="flex flex-col gap-2">
          <p className="font-medium">Kind</p>
          <Segmented
            label="Kind"
            value={choices.kind}
            onValueChange={(kind) => choose({ kind })}
            options={kindOptions}
          />
        </div>
      ) : null}
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
        <OidcFields form={form} isNew={isNew} />
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
        label="Believe its e-mail addresses"
        hint={
          choices.kind === 'saml'
            ? `SAML does not say whether an address is verified, so without this nobody signs in through it for the first time. ${BELIEF_RISK}`
            : `Only for a provider that does not say whether an address is verified (no email_verified, such as Microsoft Entra). ${BELIEF_RISK}`
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
      {save.error && !isShownAtField && !isOtherProvider ? (
        <Callout tone="danger" live>
          {save.error.message}
        </Callout>
      ) : null}
      <DialogActions sticky>
        <DialogClose>
          <Button>Cancel</Button>
        </DialogClose>
        <Button type="submit" variant="primary" pending={save.isPending}>
          {isNew ? 'Add' : 'Save'}
        </Button>
      </DialogActions>
    </form>
  );
}
