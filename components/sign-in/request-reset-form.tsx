'use client';

import { useMutation } from '@tanstack/react-query';
import { useForm } from 'react-hook-form';
import { Form } from '@/components/form/form';
import { Button } from '@/components/ui/button';
import { Callout } from '@/components/ui/callout';
import { Field } from '@/components/ui/field';
import { Input } from '@/components/ui/input';
import type { ApiError } from '@/lib/client/api';
import { call } from '@/lib/react/call';

type Values = { email: string };

/** Asks for a link by mail. One answer, whether or not there is such an account. */
export function RequestResetForm() {
  const form = useForm<Values>({ defaultValues: { email: '' } });
  const { errors } = form.formState;
  const request = useMutation<unknown, ApiError, Values>({
    mutationFn: (values) => call('POST /password-resets', { body: values }),
  });
  if (request.isSuccess) {
    return (
      <Callout tone="success" live title="Look into your mail">
        <span>
          If {request.variables.email.trim()} has an account here, a link is on its way to it. It
          works once, for 30 minutes. Nothing there? Look among the unwanted mail, or ask again
          later.
        </span>
      </Callout>
    );
  }
  return (
    <Form
      form={form}
      sent={request}
      failed="No link was sent"
      actions={
        <Button type="submit" variant="primary" size="lg" pending={request.isPending}>
          Send the link
        </Button>
      }
    >
      <p className="text-muted">
        Enter the email of your account. You get a link by which you choose a new password.
      </p>
      <Field label="Email" error={errors.email?.message}>
        <Input
          type="email"
          autoComplete="username"
          autoFocus
          spellCheck={false}
          {...form.register('email', { required: 'Enter your email.' })}
        />
      </Field>
    </Form>
  );
}
