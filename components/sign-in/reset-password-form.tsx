'use client';

import { useMutation } from '@tanstack/react-query';
import { useForm } from 'react-hook-form';
import { useEarlyInput } from '@/components/form/early-input';
import { fieldErrors } from '@/components/form/field-errors';
import { FormError } from '@/components/form/form-error';
import { Button, ButtonLink } from '@/components/ui/button';
import { Callout } from '@/components/ui/callout';
import { Field } from '@/components/ui/field';
import { PasswordInput } from '@/components/ui/password-input';
import type { ApiError } from '@/lib/client/api';
import { call } from '@/lib/react/call';

type Values = { password: string };

/** Sets a new password by the token of a mailed link. */
export function ResetPasswordForm({ token }: { token: string }) {
  const { register, handleSubmit, formState, setError, setValue } = useForm<Values>({
    defaultValues: { password: '' },
  });
  const form = useEarlyInput(setValue);
  const { errors } = formState;
  const redeem = useMutation<void, ApiError, Values>({
    mutationFn: ({ password }) =>
      call('POST /password-resets/redeem', { body: { token, password } }),
    onError: (error) => {
      const message = fieldErrors(error).password;
      if (message) setError('password', { message }, { shouldFocus: true });
    },
  });
  if (redeem.isSuccess) {
    return (
      <Callout
        tone="success"
        live
        title="Your password is changed"
        actions={
          <ButtonLink href="/login" variant="primary">
            Sign in
          </ButtonLink>
        }
      >
        All your sessions have ended, in browsers and programs. Signing in also verifies the network
        you are on.
      </Callout>
    );
  }
  const isGone = redeem.error?.code === 'not_found';
  return (
    <form
      ref={form}
      noValidate
      method="post"
      className="flex flex-col gap-4"
      onSubmit={handleSubmit((values) => redeem.mutate(values))}
    >
      <Field label="New password" hint="At least 8 characters." error={errors.password?.message}>
        <PasswordInput
          autoComplete="new-password"
          autoFocus
          {...register('password', { required: 'Choose a password.' })}
        />
      </Field>
      {errors.password ? null : isGone ? (
        <Callout
          tone="danger"
          live
          title="This link no longer works"
          actions={
            // Takes the token out of the address: then the page is the one that asks.
            <Button onClick={() => window.location.assign('#')}>Ask for a new one</Button>
          }
        >
          It was used, or has run out.
        </Callout>
      ) : (
        <FormError error={redeem.error} title="Nothing was changed" />
      )}
      <Button type="submit" variant="primary" size="lg" pending={redeem.isPending} className="mt-1">
        Set the new password
      </Button>
      <p className="text-muted">
        You did not ask for this? Close this page: your password stays as it is.
      </p>
    </form>
  );
}
