'use client';

import { useQueryClient } from '@tanstack/react-query';
import { useForm } from 'react-hook-form';
import { fieldErrors } from '@/components/form/field-errors';
import { Button } from '@/components/ui/button';
import { Callout } from '@/components/ui/callout';
import { Field } from '@/components/ui/field';
import { PasswordInput } from '@/components/ui/password-input';
import { Card, Section } from '@/components/ui/section';
import { call } from '@/lib/react/call';
import { useGatedMutation } from '@/lib/react/gated-mutation';

type Values = { currentPassword: string; newPassword: string };

const EMPTY: Values = { currentPassword: '', newPassword: '' };

/** Changes the reader's own password. The session goes on; all others end. */
export function ChangePassword({ email }: { email: string }) {
  const queries = useQueryClient();
  const { register, handleSubmit, setError, formState, reset } = useForm<Values>({
    defaultValues: EMPTY,
  });
  const change = useGatedMutation({
    mutationFn: (body: Values) => call('POST /me/password', { body }),
    onSuccess: async () => {
      reset(EMPTY);
      await queries.invalidateQueries();
    },
    onError: (error) => {
      const faults = fieldErrors(error);
      for (const field of ['currentPassword', 'newPassword'] as const) {
        const message = faults[field];
        if (message) setError(field, { message }, { shouldFocus: true });
      }
    },
  });
  const isWrong = change.error?.code === 'invalid_credentials';
  const { errors } = formState;
  const isShownAtField = Boolean(errors.currentPassword || errors.newPassword);

  return (
    <Section
      title="Password"
      description="A change ends all your other sessions, and counts as a confirmation of the network you are on."
    >
      <Card className="max-w-xl">
        <form
          noValidate
          className="flex flex-col gap-4"
          onSubmit={handleSubmit((values) => change.mutate(values))}
        >
          {/* For password managers: which account this is. */}
          <input type="text" autoComplete="username" value={email} readOnly hidden />
          <Field
            label="Current password"
            error={
              errors.currentPassword?.message ??
              (isWrong ? 'This is not your current password.' : undefined)
            }
          >
            <PasswordInput
              autoComplete="current-password"
              {...register('currentPassword', { required: 'Enter your current password.' })}
            />
          </Field>
          <Field
            label="New password"
            hint="At least 8 characters. A few words that only you would put together are easier to keep than one with signs."
            error={errors.newPassword?.message}
          >
            <PasswordInput
              autoComplete="new-password"
              {...register('newPassword', { required: 'Enter a new password.' })}
            />
          </Field>
          {change.error && !isWrong && !isShownAtField ? (
            <Callout tone="danger" live>
              {change.error.message}
            </Callout>
          ) : null}
          {change.isSuccess && !formState.isDirty ? (
            <Callout tone="success" live title="Password changed">
              All your other sessions have ended.
            </Callout>
          ) : null}
          <div>
            <Button type="submit" variant="primary" pending={change.isPending}>
              Change password
            </Button>
          </div>
        </form>
      </Card>
    </Section>
  );
}
