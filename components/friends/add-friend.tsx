'use client';

import { UserPlus } from 'lucide-react';
import { useForm } from 'react-hook-form';
import { useEarlyInput } from '@/components/form/early-input';
import { fieldErrors } from '@/components/form/field-errors';
import { FormError } from '@/components/form/form-error';
import { Button } from '@/components/ui/button';
import { Callout } from '@/components/ui/callout';
import { Field } from '@/components/ui/field';
import { Input } from '@/components/ui/input';
import { Card } from '@/components/ui/section';
import { call } from '@/lib/react/call';
import { useGatedMutation } from '@/lib/react/gated-mutation';

type Values = { email: string };

/** Asks somebody to be a friend. What it answers tells nothing about who has an account. */
export function AddFriend({ onAdded }: { onAdded: () => Promise<unknown> }) {
  const { register, handleSubmit, formState, setError, reset, setValue } = useForm<Values>({
    defaultValues: { email: '' },
  });
  const form = useEarlyInput(setValue);
  const { errors, isDirty } = formState;
  const add = useGatedMutation({
    mutationFn: (body: Values) => call('POST /friends', { body }),
    onSuccess: async () => {
      reset();
      await onAdded();
    },
    onError: (error) => {
      const message = fieldErrors(error).email;
      if (message) setError('email', { message }, { shouldFocus: true });
    },
  });
  return (
    <Card className="max-w-xl">
      <form
        ref={form}
        noValidate
        className="flex flex-col gap-4"
        onSubmit={handleSubmit((values) => add.mutate(values))}
      >
        <Field label="Add a friend by e-mail" error={errors.email?.message}>
          <Input
            type="email"
            autoComplete="off"
            spellCheck={false}
            placeholder="name@example.com"
            {...register('email', { required: 'Enter an e-mail.' })}
          />
        </Field>
        {add.isSuccess && !isDirty ? (
          <Callout tone="success" live title={`Asked ${add.variables.email.trim()}`}>
            If an account has this e-mail, its owner finds the request here. It is listed under your
            requests until it is answered.
          </Callout>
        ) : null}
        {errors.email ? null : <FormError error={add.error} title="Not asked" />}
        <div>
          <Button type="submit" variant="primary" icon={UserPlus} pending={add.isPending}>
            Send request
          </Button>
        </div>
      </form>
    </Card>
  );
}
