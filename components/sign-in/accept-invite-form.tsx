'use client';

import { useMutation } from '@tanstack/react-query';
import { useForm } from 'react-hook-form';
import { useEarlyInput } from '@/components/form/early-input';
import { fieldErrors } from '@/components/form/field-errors';
import { FormError } from '@/components/form/form-error';
import { Button, ButtonLink } from '@/components/ui/button';
import { Callout } from '@/components/ui/callout';
import { Field } from '@/components/ui/field';
import { Input } from '@/components/ui/input';
import { PasswordInput } from '@/components/ui/password-input';
import type { ApiError } from '@/lib/client/api';
import type { NewSession } from '@/lib/contract/resources';
import { call } from '@/lib/react/call';
import { takeSessionIntoBrowser } from '@/lib/react/log-in';

type Values = { name: string; password: string };

/** Joins the team: with a new account, or with the password of the one that this e-mail has. */
export function AcceptInviteForm({
  token,
  email,
  teamName,
  hasAccount,
}: {
  token: string;
  email: string;
  teamName: string;
  hasAccount: boolean;
}) {
  const { register, handleSubmit, formState, setError, setValue } = useForm<Values>({
    defaultValues: { name: '', password: '' },
  });
  const form = useEarlyInput(setValue);
  const { errors } = formState;
  const accept = useMutation<NewSession, ApiError, Values>({
    mutationFn: ({ name, password }) =>
      // An account keeps the name that it has; the call asks for one all the same.
      call('POST /invites/accept', {
        body: { token, password, name: hasAccount ? 'unused' : name },
      }),
    onSuccess: async ({ token: sessionToken }, { password }) => {
      // Joined, whatever becomes of the log-in: the next page asks for it again if need be.
      await takeSessionIntoBrowser(sessionToken, { email, password }).catch(() => undefined);
      window.location.assign('/computers');
    },
    onError: (error) => {
      if (error.code === 'invalid_credentials') {
        const message = 'This is not the password of this account.';
        setError('password', { message }, { shouldFocus: true });
      }
      const faults = fieldErrors(error);
      for (const field of ['name', 'password'] as const) {
        const message = faults[field];
        if (message) setError(field, { message }, { shouldFocus: true });
      }
    },
  });
  const isShownAtField = Boolean(errors.name || errors.password);

  return (
    <form
      ref={form}
      noValidate
      method="post"
      className="flex flex-col gap-4"
      onSubmit={handleSubmit((values) => accept.mutate(values))}
    >
      <Field label="E-mail">
        <Input type="email" autoComplete="username" value={email} readOnly />
      </Field>
      {hasAccount ? null : (
        <Field label="Your name" error={errors.name?.message}>
          <Input
            type="text"
            autoComplete="name"
            autoFocus
            maxLength={80}
            {...register('name', { required: 'Enter your name.' })}
          />
        </Field>
      )}
      <Field
        label="Password"
        hint={hasAccount ? 'The one of the account that you have.' : 'At least 8 characters.'}
        error={errors.password?.message}
      >
        <PasswordInput
          autoComplete={hasAccount ? 'current-password' : 'new-password'}
          autoFocus={hasAccount}
          {...register('password', {
            required: hasAccount ? 'Enter your password.' : 'Choose a password.',
          })}
        />
      </Field>
      {accept.error?.code === 'sso_required' ? (
        <Callout
          tone="warn"
          live
          title="Sign in through your company"
          actions={<ButtonLink href="/login">Go to sign in</ButtonLink>}
        >
          This team requires it for your e-mail. You join with your first sign-in there.
        </Callout>
      ) : isShownAtField ? null : (
        <FormError error={accept.error} title="Not joined" />
      )}
      <Button
        type="submit"
        variant="primary"
        size="lg"
        pending={accept.isPending || accept.isSuccess}
        className="mt-1"
      >
        {`Join ${teamName}`}
      </Button>
    </form>
  );
}
