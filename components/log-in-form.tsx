'use client';

import { useMutation } from '@tanstack/react-query';
import { useForm } from 'react-hook-form';
import { useEarlyInput } from '@/components/early-input';
import { FormError } from '@/components/form-error';
import { Button } from '@/components/ui/button';
import { Field } from '@/components/ui/field';
import { Input } from '@/components/ui/input';
import { PasswordInput } from '@/components/ui/password-input';
import { TextLink } from '@/components/ui/text-link';
import type { ApiError } from '@/lib/client/api';
import { logIn } from '@/lib/client/log-in';

type Values = { email: string; password: string };

/** Logs this browser in, then goes to `returnPath`, which the server has checked. */
export function LogInForm({ returnPath }: { returnPath: string }) {
  const { register, handleSubmit, formState, setFocus, setValue } = useForm<Values>({
    defaultValues: { email: '', password: '' },
  });
  const form = useEarlyInput(setValue);
  const { errors } = formState;
  const enter = useMutation<void, ApiError, Values>({
    mutationFn: ({ email, password }) => logIn(email, password),
    // A full load: nothing that was shown before belongs to the new session.
    onSuccess: () => window.location.assign(returnPath),
    onError: (error) => {
      if (error.code === 'invalid_credentials') setFocus('password', { shouldSelect: true });
    },
  });

  return (
    <form
      ref={form}
      noValidate
      method="post"
      className="flex flex-col gap-4"
      onSubmit={handleSubmit((values) => enter.mutate(values))}
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
      <Field
        label="Password"
        error={errors.password?.message}
        aside={<TextLink href="/reset">Forgotten your password?</TextLink>}
      >
        <PasswordInput {...register('password', { required: 'Enter your password.' })} />
      </Field>
      <FormError error={enter.error} title="Not signed in" />
      <Button
        type="submit"
        variant="primary"
        size="lg"
        pending={enter.isPending || enter.isSuccess}
        className="mt-1"
      >
        Sign in
      </Button>
    </form>
  );
}
