'use client';

import type { UseFormReturn } from 'react-hook-form';
import type {
  ProviderChoices,
  ProviderValues,
  SamlSource,
} from '@/components/providers/provider-values';
import { Checkbox } from '@/components/ui/checkbox';
import { Field } from '@/components/ui/field';
import { Input, Textarea } from '@/components/ui/input';
import { Segmented } from '@/components/ui/segmented';
import { METADATA_MAX } from '@/lib/contract/limits';

const sourceOptions: readonly { value: SamlSource; label: string }[] = [
  { value: 'url', label: 'Metadata URL' },
  { value: 'xml', label: 'Metadata file' },
  { value: 'hand', label: 'By hand' },
];

type Form = UseFormReturn<ProviderValues>;

/** What is known of a SAML provider: its metadata, or each part of it. */
export function SamlFields({
  form,
  choices,
  choose,
}: {
  form: Form;
  choices: ProviderChoices;
  choose: (change: Partial<ProviderChoices>) => void;
}) {
  return (
    <>
      <div className="flex flex-col gap-2">
        <p className="font-medium">The provider’s settings</p>
        <Segmented
          label="The provider’s settings"
          value={choices.source}
          onValueChange={(source) => choose({ source })}
          options={sourceOptions}
        />
      </div>
      {choices.source === 'url' ? <MetadataUrl form={form} /> : null}
      {choices.source === 'xml' ? <MetadataText form={form} /> : null}
      {choices.source === 'hand' ? <ByHand form={form} /> : null}
      <Checkbox
        label="The whole response must be signed too"
        hint="The assertion in it always must."
        checked={choices.wantsSignedResponse}
        onChange={({ target }) => choose({ wantsSignedResponse: target.checked })}
      />
      <Checkbox
        label="Allow sign-ins that begin at the provider"
        hint="From its own portal. They sign in, and verify no network."
        checked={choices.allowsIdpInitiated}
        onChange={({ target }) => choose({ allowsIdpInitiated: target.checked })}
      />
    </>
  );
}

function MetadataUrl({ form: { register, formState } }: { form: Form }) {
  return (
    <Field
      label="Metadata URL"
      hint="Read once, now."
      error={formState.errors.metadataUrl?.message}
    >
      <Input
        type="url"
        autoComplete="off"
        spellCheck={false}
        maxLength={500}
        placeholder="https://login.example.com/metadata"
        {...register('metadataUrl', { required: 'Enter the metadata URL.' })}
      />
    </Field>
  );
}

function MetadataText({ form: { register, formState, setValue } }: { form: Form }) {
  return (
    <>
      <Field label="Metadata file">
        <input
          type="file"
          accept=".xml,application/xml,text/xml,application/samlmetadata+xml"
          className="text-muted file:mr-3 file:h-9 file:rounded-md file:border file:border-control/50 file:bg-surface file:px-4 file:font-medium file:text-ink"
          onChange={async ({ target }) => {
            const file = target.files?.[0];
            if (file) setValue('metadata', await file.text(), { shouldValidate: true });
          }}
        />
      </Field>
      <Field label="Its text" hint="Or paste it." error={formState.errors.metadata?.message}>
        <Textarea
          rows={6}
          spellCheck={false}
          className="font-mono text-[0.8125rem]!"
          {...register('metadata', {
            required: 'Choose the file, or paste its text.',
            maxLength: { value: METADATA_MAX, message: 'At most 256 KiB.' },
          })}
        />
      </Field>
    </>
  );
}

function ByHand({ form: { register, formState } }: { form: Form }) {
  const { errors } = formState;
  return (
    <>
      <Field label="Entity ID of the provider" error={errors.idpEntityId?.message}>
        <Input
          autoComplete="off"
          spellCheck={false}
          maxLength={500}
          {...register('idpEntityId', { required: 'Enter the entity ID.' })}
        />
      </Field>
      <Field label="Sign-on URL" error={errors.ssoUrl?.message}>
        <Input
          type="url"
          autoComplete="off"
          spellCheck={false}
          maxLength={500}
          {...register('ssoUrl', { required: 'Enter the sign-on URL.' })}
        />
      </Field>
      <Field label="Log-out URL" optional error={errors.sloUrl?.message}>
        <Input
          type="url"
          autoComplete="off"
          spellCheck={false}
          maxLength={500}
          {...register('sloUrl')}
        />
      </Field>
      <Field
        label="Certificates"
        hint="As PEM text. Several, one after the other, while the provider changes its key. Taking one away ends the sessions and verified networks that rest on this provider."
        error={errors.certificates?.message}
      >
        <Textarea
          rows={6}
          spellCheck={false}
          className="font-mono text-[0.8125rem]!"
          placeholder="-----BEGIN CERTIFICATE-----"
          {...register('certificates', { required: 'Paste the certificate.' })}
        />
      </Field>
    </>
  );
}
