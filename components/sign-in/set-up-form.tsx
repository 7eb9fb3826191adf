'use client';

import { useMutation } from '@tanstack/react-query';
import { useEffect } from 'react';
import { useForm } from 'react-hook-form';
import { Form } from '@/components/form/form';
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

/** Creates the first team and its owner. The token may stand behind the `#` of the page's address. */
export function SetUpForm() {
  const form = useForm<Values>({
    defaultValues: {
      setupToken: '',
      team: { name: '' },
      owner: { name: '', email: '', password: '' },
    },
  });
  const { register, setValue, setFocus } = form;
  const { errors } = form.formState;
  const create = useMutation<SetUp, ApiError, Values>({
    mutationFn: (values) => call('POST /setup', { body: values }),
    onSuccess: async ({ token }, { owner }) => {
      // The team exists now, whatever becomes of the log-in: the next page asks for it again if need be.
      await takeSessionIntoBrowser(token, owner).catch(() => undefined);
      window.location.assign('/');
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

  return (
    <Form
      form={form}
      sent={create}
      failed="Nothing was created"
      faultsOf={({ code, message }) => ({
        setupToken: code === 'invalid_setup_token' ? message : undefined,
      })}
      actions={
        <Button
          type="submit"
          variant="primary"
          size="lg"
          pending={create.isPending || create.isSuccess}
        >
          Create the team
        </Button>
      }
    >
      <Field
        label="Setup token"
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
        label="Your email"
        hint="You sign in with it, and you are the team’s first owner."
        error={errors.owner?.email?.message}
      >
        <Input
          type="email"
          autoComplete="username"
          spellCheck={false}
          {...register('owner.email', { required: 'Enter your email.' })}
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
    </Form>
  );
}
