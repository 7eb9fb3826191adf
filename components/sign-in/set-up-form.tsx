'use client';

import { useMutation } from '@tanstack/react-query';
import { useEffect } from 'react';
import { useForm } from 'react-hook-form';
import { useEarlyInput } from '@/components/form/early-input';
import { fieldErrors } from '@/components/form/field-errors';
import { FormError } from '@/components/form/form-error';
import { useFragment } from '@/components/sign-in/fragment';
import { Button } from '@/components/ui/button';
import { Field } from '@/components/ui/field';
import { Input } from '@/components/ui/input';
import { PasswordInput } from '@/components/ui/password-input';
import type { ApiError } from '@/lib/client/api';
import type { SetUp } from '@/lib/contract/resources';
import { call } from '@/lib/react/call';
import { takeSessionIntoBrowser } from '@/lib/react/log-in';

type Values = {
  setupToken: string;
  team: { name: string };
  owner: { name: string; email: string; password: string };
};

const FIELDS = ['setupToken', 'team.name', 'owner.name', 'owner.email', 'owner.password'] as const;

/** Creates the first team and its owner. The token may stand behind the `#` of the page's address. */
export function SetUpForm() {
  const { register, handleSubmit, formState, setError, setValue, setFocus } = useForm<Values>({
    defaultValues: {
      setupToken: '',
      team: { name: '' },
      owner: { name: '', email: '', password: '' },
    },
  });
  const form = useEarlyInput(setValue);
  const { errors } = formState;
  const create = useMutation<SetUp, ApiError, Values>({
    mutationFn: (values) => call('POST /setup', { body: values }),
    onSuccess: async ({ token }, { owner }) => {
      // The team exists now, whatever becomes of the log-in: the next page asks for it again if need be.
      await takeSessionIntoBrowser(token, owner).catch(() => undefined);
      window.location.assign('/computers');
    },
    onError: (error) => {
      if (error.code === 'invalid_setup_token') {
        setError('setupToken', { message: error.message }, { shouldFocus: true });
      }
      const faults = fieldErrors(error);
      for (const field of FIELDS) {
        const message = faults[field];
        if (message) setError(field, { message }, { shouldFocus: true });
      }
    },
  });

  const token = useFragment();
  useEffect(() => {
    if (token === null) return;
    if (token !== '') setValue('setupToken', token);
    // Whoever has begun to type already is left alone.
    if (document.activeElement !== document.body) return;
    setFocus(token === '' ? 'setupToken' : 'team.name');
  }, [token, setFocus, setValue]);

  const isShownAtField =
    create.error?.code === 'invalid_setup_token' ||
    Object.keys(fieldErrors(create.error)).length > 0;
  return (
    <form
      ref={form}
      noValidate
      method="post"
      className="flex flex-col gap-4"
      onSubmit={handleSubmit((values) => create.mutate(values))}
    >
      <Field
        label="Set-up token"
        hint="The server printed it on its console at start."
        error={errors.setupToken?.message}
      >
        <Input
          type="text"
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          className="font-mono"
          {...register('setupToken', { required: 'Enter the token from the server’s console.' })}
        />
      </Field>
      <Field label="Name of your team" error={errors.team?.name?.message}>
        <Input
          type="text"
          autoComplete="organization"
          maxLength={80}
          {...register('team.name', { required: 'Enter a name for your team.' })}
        />
      </Field>
      <Field label="Your name" error={errors.owner?.name?.message}>
        <Input
          type="text"
          autoComplete="name"
          maxLength={80}
          {...register('owner.name', { required: 'Enter your name.' })}
        />
      </Field>
      <Field
        label="Your e-mail"
        hint="You sign in with it, and you are the team’s first owner."
        error={errors.owner?.email?.message}
      >
        <Input
          type="email"
          autoComplete="username"
          spellCheck={false}
          {...register('owner.email', { required: 'Enter your e-mail.' })}
        />
      </Field>
      <Field
        label="Your password"
        hint="At least 8 characters."
        error={errors.owner?.password?.message}
      >
        <PasswordInput
          autoComplete="new-password"
          {...register('owner.password', { required: 'Choose a password.' })}
        />
      </Field>
      {isShownAtField ? null : <FormError error={create.error} title="Nothing was created" />}
      <Button
        type="submit"
        variant="primary"
        size="lg"
        pending={create.isPending || create.isSuccess}
        className="mt-1"
      >
        Create the team
      </Button>
    </form>
  );
}
