'use client';

import type { UseFormReturn } from 'react-hook-form';
import type { ProviderValues } from '@/components/providers/provider-values';
import { Field } from '@/components/ui/field';
import { Input } from '@/components/ui/input';
import { PasswordInput } from '@/components/ui/password-input';

/** What is known of an OpenID provider. */
export function OidcFields({
  form: { register, formState },
  isNew,
  issuerExample = 'https://login.example.com',
}: {
  form: UseFormReturn<ProviderValues>;
  /** Else the secret stays where none is typed. */
  isNew: boolean;
  issuerExample?: string | undefined;
}) {
  const { errors } = formState;
  return (
    <>
      <Field
        label="Issuer"
        hint="Its /.well-known/openid-configuration is read."
        error={errors.issuer?.message}
      >
        <Input
          type="url"
          autoComplete="off"
          spellCheck={false}
          maxLength={500}
          placeholder={issuerExample}
          {...register('issuer', { required: 'Enter the issuer.' })}
        />
      </Field>
      <Field label="Client ID" error={errors.clientId?.message}>
        <Input
          autoComplete="off"
          spellCheck={false}
          maxLength={200}
          {...register('clientId', { required: 'Enter the client ID.' })}
        />
      </Field>
      <Field
        label="Client secret"
        hint={
          isNew
            ? 'Kept encrypted, and never shown again.'
            : 'Leave empty to keep the present one, which is never shown.'
        }
        error={errors.clientSecret?.message}
      >
        <PasswordInput
          autoComplete="off"
          data-1p-ignore
          maxLength={500}
          {...register('clientSecret', isNew ? { required: 'Enter the client secret.' } : {})}
        />
      </Field>
      <Field label="Scopes" error={errors.scopes?.message}>
        <Input
          autoComplete="off"
          spellCheck={false}
          maxLength={200}
          {...register('scopes', { required: 'Enter the scopes; openid is one of them.' })}
        />
      </Field>
    </>
  );
}
