'use client';

import { useMutation } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { useForm } from 'react-hook-form';
import { useEarlyInput } from '@/components/form/early-input';
import { FormError } from '@/components/form/form-error';
import { Repeating } from '@/components/form/repeating';
import { SsoButton } from '@/components/prompt/sso-button';
import { Button } from '@/components/ui/button';
import { Callout } from '@/components/ui/callout';
import { Field } from '@/components/ui/field';
import { Input } from '@/components/ui/input';
import { PasswordInput } from '@/components/ui/password-input';
import { TextLink } from '@/components/ui/text-link';
import type { ApiError } from '@/lib/client/api';
import { patience } from '@/lib/client/patience';
import type { LogInMethods } from '@/lib/contract/sso';
import { logIn } from '@/lib/react/log-in';
import { findLogInMethods } from '@/lib/react/sso';

type Values = { email: string; password: string };
type Provider = { id: string; name: string };

/** What is asked for: the email first, then what its domain uses. */
type Step =
  | { asks: 'email' }
  | { asks: 'password'; provider: Provider | null }
  | { asks: 'sso'; provider: Provider };

/**
 * Logs this browser in, then goes to `returnPath`, which the server has checked. The email leads to a
 * password or to an identity provider by its domain alone: nothing here tells whether an account exists.
 */
export function LogInForm({ returnPath }: { returnPath: string }) {
  const [step, setStep] = useState<Step>({ asks: 'email' });
  const { register, handleSubmit, formState, setFocus, setValue } = useForm<Values>({
    defaultValues: { email: '', password: '' },
  });
  const form = useEarlyInput(setValue);
  const ssoButton = useRef<HTMLButtonElement>(null);
  const { errors } = formState;
  const look = useMutation<LogInMethods, ApiError, Values>({
    ...patience,
    mutationFn: ({ email }) => findLogInMethods(email),
    onSuccess: (found) =>
      setStep(
        found.method === 'sso'
          ? { asks: 'sso', provider: found.connection }
          : { asks: 'password', provider: null },
      ),
  });
  const enter = useMutation<void, ApiError, Values>({
    // A company begins its day at once: whoever is put off waits, and comes in.
    ...patience,
    mutationFn: ({ email, password }) => logIn(email, password),
    // A full load: nothing that was shown before belongs to the new session.
    onSuccess: () => window.location.assign(returnPath),
    onError: (error) => {
      if (error.code === 'invalid_credentials') setFocus('password', { shouldSelect: true });
    },
  });

  const hasBegun = useRef(false);
  useEffect(() => {
    if (!hasBegun.current) {
      // The page's own autofocus, and what was typed meanwhile, stay as they are.
      hasBegun.current = true;
      return;
    }
    if (step.asks === 'sso') ssoButton.current?.focus();
    else setFocus(step.asks);
  }, [step, setFocus]);

  const goTo = (next: Step) => {
    look.reset();
    enter.reset();
    setStep(next);
  };
  const submit = (values: Values) => {
    if (step.asks === 'email') look.mutate(values);
    else if (step.asks === 'password') enter.mutate(values);
  };
  const isEmailAsked = step.asks === 'email';
  const isRefusedPassword = enter.error?.code === 'sso_required';

  return (
    <form
      ref={form}
      noValidate
      method="post"
      className="flex flex-col gap-4"
      onSubmit={handleSubmit(submit)}
    >
      <Field
        label="Email"
        error={errors.email?.message}
        aside={
          isEmailAsked ? null : (
            <QuietButton onClick={() => goTo({ asks: 'email' })}>Change</QuietButton>
          )
        }
      >
        <Input
          type="email"
          autoComplete="username"
          autoFocus
          spellCheck={false}
          readOnly={!isEmailAsked}
          {...register('email', { required: 'Enter your email.' })}
        />
      </Field>
      {step.asks === 'password' ? (
        <Field
          label="Password"
          error={errors.password?.message}
          aside={<TextLink href="/reset">Forgotten your password?</TextLink>}
        >
          <PasswordInput {...register('password', { required: 'Enter your password.' })} />
        </Field>
      ) : null}
      {isRefusedPassword ? (
        <Callout tone="warn" live title="Sign in through your company">
          {enter.error?.message}
        </Callout>
      ) : (
        <FormError error={look.error ?? enter.error} title="Not signed in" />
      )}
      <Repeating of={look.isPending ? look : enter} />
      {step.asks === 'sso' ? null : (
        <Button
          type="submit"
          variant="primary"
          size="lg"
          pending={look.isPending || enter.isPending || enter.isSuccess}
          className="mt-1"
        >
          {isEmailAsked ? 'Continue' : 'Sign in'}
        </Button>
      )}
      {'provider' in step && step.provider ? (
        <SsoButton
          ref={ssoButton}
          flow={{ purpose: 'log_in', connectionId: step.provider.id, returnPath }}
          variant={step.asks === 'sso' || isRefusedPassword ? 'primary' : 'secondary'}
          size="lg"
        >
          {`Continue with ${step.provider.name}`}
        </SsoButton>
      ) : null}
      {step.asks === 'sso' ? (
        <p className="text-center">
          <QuietButton onClick={() => goTo({ asks: 'password', provider: step.provider })}>
            Use a password instead
          </QuietButton>
        </p>
      ) : null}
    </form>
  );
}

/** A step within the form that looks like the links beside it. */
function QuietButton({ onClick, children }: { onClick: () => void; children: string }) {
  return (
    <button
      type="button"
      onClick={onClick}
      className="rounded-sm text-accent-ink underline decoration-1 underline-offset-[0.2em] hover:decoration-2"
    >
      {children}
    </button>
  );
}
