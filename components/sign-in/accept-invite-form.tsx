'use client';

import { useMutation } from '@tanstack/react-query';
import { useForm } from 'react-hook-form';
import { Form } from '@/components/form/form';
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

const WRONG = 'This is not the password of this account.';

/** Joins the team: with a new account, or with the password of the one that this email has. */
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
  const form = useForm<Values>({ defaultValues: { name: '', password: '' } });
  const { errors } = form.formState;
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
  });

  return (
    <Form
      form={form}
      sent={accept}
      failed="Not joined"
      faultsOf={({ code }) => ({
        password: code === 'invalid_credentials' ? WRONG : undefined,
      })}
      refusal={
        accept.error?.code === 'sso_required' ? (
          <Callout
            tone="warn"
            live
            title="Sign in through your company"
            actions={<ButtonLink href="/login">Go to sign in</ButtonLink>}
          >
            This team requires it for your email. You join with your first sign-in there.
          </Callout>
        ) : null
      }
      actions={
        <Button
          type="submit"
          variant="primary"
          size="lg"
          className="h-auto min-h-11 py-2 whitespace-normal wrap-anywhere"
          pending={accept.isPending || accept.isSuccess}
        >
          {`Join ${teamName}`}
        </Button>
      }
    >
      <Field label="Email">
        <Input type="email" autoComplete="username" value={email} readOnly />
      </Field>
      {hasAccount ? null : (
        <Field label="Your name" error={errors.name?.message}>
          <Input
            type="text"
            autoComplete="name"
            autoFocus
            maxLength={80}
            {...form.register('name', { required: 'Enter your name.' })}
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
          {...form.register('password', {
            required: hasAccount ? 'Enter your password.' : 'Choose a password.',
          })}
        />
      </Field>
    </Form>
  );
}
