'use client';

import { useMutation } from '@tanstack/react-query';
import { useForm } from 'react-hook-form';
import { useEarlyInput } from '@/components/form/early-input';
import { fieldErrors } from '@/components/form/field-errors';
import { FormError } from '@/components/form/form-error';
import { Button } from '@/components/ui/button';
import { Callout } from '@/components/ui/callout';
import { Field } from '@/components/ui/field';
import { Input } from '@/components/ui/input';
import type { ApiError } from '@/lib/client/api';
import { call } from '@/lib/react/call';

type Values = { email: string };

/** Asks for a link by mail. One answer, whether or not there is such an account. */
export function RequestResetForm() {
  const { register, handleSubmit, formState, setError, setValue } = useForm<Values>({
    defaultValues: { email: '' },
  });
  const form = useEarlyInput(setValue);
  const { errors } = formState;
  const request = useMutation<unknown, ApiError, Values>({
    mutationFn: (values) => call('POST /password-resets', { body: values }),
    onError: (error) => {
      const message = fieldErrors(error).email;
      if (message) setError('email', { message }, { shouldFocus: true });
    },
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
    <form
      ref={form}
      noValidate
      method="post"
      className="flex flex-col gap-4"
      onSubmit={handleSubmit((values) => request.mutate(values))}
    >
      <Field label="E-mail" error={errors.email?.message}>
        <Input
          type="email"
          autoComplete="username"
          autoFocus
          spellCheck={false}
          {...register('email', { required: 'Enter your e-mail.' })}
        />
      </Field>
      {errors.email ? null : <FormError error={request.error} title="No link was sent" />}
      <Button
        type="submit"
        variant="primary"
        size="lg"
        pending={request.isPending}
        className="mt-1"
      >
        Send the link
      </Button>
    </form>
  );
}
