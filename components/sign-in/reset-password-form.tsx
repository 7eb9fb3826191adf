'use client';

import { useMutation } from '@tanstack/react-query';
import { useForm } from 'react-hook-form';
import { Form } from '@/components/form/form';
import { Button, ButtonLink } from '@/components/ui/button';
import { Callout } from '@/components/ui/callout';
import { Field } from '@/components/ui/field';
import { PasswordInput } from '@/components/ui/password-input';
import type { ApiError } from '@/lib/client/api';
import { call } from '@/lib/react/call';

type Values = { password: string };

/** Sets a new password by the token of a mailed link. */
export function ResetPasswordForm({ token }: { token: string }) {
  const form = useForm<Values>({ defaultValues: { password: '' } });
  const redeem = useMutation<void, ApiError, Values>({
    mutationFn: ({ password }) =>
      call('POST /password-resets/redeem', { body: { token, password } }),
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
    <Form
      form={form}
      sent={redeem}
      failed="Nothing was changed"
      refusal={
        isGone ? (
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
        ) : null
      }
      actions={
        <>
          <Button type="submit" variant="primary" size="lg" pending={redeem.isPending}>
            Set the new password
          </Button>
          <p className="text-muted">
            You did not ask for this? Close this page: your password stays as it is.
          </p>
        </>
      }
    >
      <Field
        label="New password"
        hint="At least 8 characters."
        error={form.formState.errors.password?.message}
      >
        <PasswordInput
          autoComplete="new-password"
          autoFocus
          {...form.register('password', { required: 'Choose a password.' })}
        />
      </Field>
    </Form>
  );
}
