'use client';

import { useQueryClient } from '@tanstack/react-query';
import { useForm } from 'react-hook-form';
import { Form } from '@/components/form/form';
import { Button } from '@/components/ui/button';
import { Callout } from '@/components/ui/callout';
import { Field } from '@/components/ui/field';
import { PasswordInput } from '@/components/ui/password-input';
import { Card, Section } from '@/components/ui/section';
import { call } from '@/lib/react/call';
import { useGatedMutation } from '@/lib/react/gated-mutation';

type Values = { currentPassword: string; newPassword: string };

const WRONG = 'This is not your current password.';
const EMPTY: Values = { currentPassword: '', newPassword: '' };

/** Changes the reader's own password. The session goes on; all others end. */
export function ChangePassword({ email }: { email: string }) {
  const queries = useQueryClient();
  const form = useForm<Values>({ defaultValues: EMPTY });
  const { errors, isDirty } = form.formState;
  const change = useGatedMutation({
    mutationFn: (body: Values) => call('POST /me/password', { body }),
    onSuccess: async () => {
      form.reset(EMPTY);
      await queries.invalidateQueries();
    },
  });

  return (
    <Section
      title="Password"
      description="A change ends all your other sessions, and counts as a confirmation of the network you are on."
    >
      <Card className="max-w-xl">
        <Form
          form={form}
          sent={change}
          failed="Not changed"
          faultsOf={({ code }) => ({
            currentPassword: code === 'invalid_credentials' ? WRONG : undefined,
          })}
          actions={
            <div>
              <Button type="submit" variant="primary" pending={change.isPending}>
                Change password
              </Button>
            </div>
          }
        >
          {/* For password managers: which account this is. */}
          <input type="text" autoComplete="username" value={email} readOnly hidden />
          <Field label="Current password" error={errors.currentPassword?.message}>
            <PasswordInput
              autoComplete="current-password"
              {...form.register('currentPassword', { required: 'Enter your current password.' })}
            />
          </Field>
          <Field
            label="New password"
            hint="At least 8 characters. A few words that only you would put together are easier to keep than one with signs."
            error={errors.newPassword?.message}
          >
            <PasswordInput
              autoComplete="new-password"
              {...form.register('newPassword', { required: 'Enter a new password.' })}
            />
          </Field>
          {change.isSuccess && !isDirty ? (
            <Callout tone="success" live title="Password changed">
              All your other sessions have ended.
            </Callout>
          ) : null}
        </Form>
      </Card>
    </Section>
  );
}
