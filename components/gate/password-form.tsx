'use client';

import { useMutation } from '@tanstack/react-query';
import { type ReactNode, useRef, useState } from 'react';
import { Repeating } from '@/components/form/repeating';
import { useRetryWait, waitText } from '@/components/gate/retry-wait';
import { Button } from '@/components/ui/button';
import { Callout } from '@/components/ui/callout';
import { DialogActions } from '@/components/ui/dialog';
import { Field } from '@/components/ui/field';
import { PasswordInput } from '@/components/ui/password-input';
import type { ApiError } from '@/lib/client/api';
import { patience } from '@/lib/client/patience';

/**
 * One password, one button: the proof that it is the account's owner who sits here. A wrong password is
 * said at the field, which keeps the focus.
 */
export function PasswordForm<Result>({
  label,
  username,
  submitLabel,
  autoFocus = false,
  cancel,
  verify,
  onVerified,
}: {
  label: string;
  /** The account's email, for password managers; null where it must not be shown in full. */
  username: string | null;
  submitLabel: string;
  autoFocus?: boolean;
  /** A button that goes back. */
  cancel?: ReactNode;
  verify: (password: string) => Promise<Result>;
  onVerified: (result: Result) => void;
}) {
  const input = useRef<HTMLInputElement>(null);
  const [isMissing, setIsMissing] = useState(false);
  const check = useMutation<Result, ApiError, string>({
    ...patience,
    mutationFn: verify,
    onSuccess: onVerified,
    onError: () => {
      input.current?.focus();
      input.current?.select();
    },
  });
  const waitSeconds = useRetryWait(check.error);
  const isWrong = check.error?.code === 'invalid_credentials';
  const isTooMany = check.error?.code === 'too_many_requests';
  const fault = isMissing
    ? 'Enter your password.'
    : isWrong
      ? 'This is not the password of this account.'
      : check.error?.code === 'invalid_request'
        ? check.error.message
        : null;

  const submit = () => {
    // Read when it is sent: a password manager may have filled it in before the page came alive.
    const password = input.current?.value ?? '';
    setIsMissing(password === '');
    if (password === '') input.current?.focus();
    else if (!check.isPending && waitSeconds === 0) check.mutate(password);
  };

  return (
    <form
      method="post"
      noValidate
      className="flex flex-col gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        event.stopPropagation();
        submit();
      }}
    >
      {username === null ? null : (
        <input type="text" autoComplete="username" value={username} readOnly hidden />
      )}
      <Field label={label} error={fault}>
        <PasswordInput
          ref={input}
          name="password"
          autoFocus={autoFocus}
          onChange={() => setIsMissing(false)}
        />
      </Field>
      {check.error && fault === null ? (
        <Callout
          tone={isTooMany ? 'warn' : 'danger'}
          live
          title={isTooMany ? 'Too many attempts' : 'Not verified'}
        >
          {!isTooMany
            ? check.error.message
            : waitSeconds > 0
              ? `Try again in ${waitText(waitSeconds)}.`
              : 'You can try again now.'}
        </Callout>
      ) : null}
      <Repeating of={check} />
      <DialogActions>
        {cancel}
        <Button
          type="submit"
          variant="primary"
          pending={check.isPending}
          disabledReason={waitSeconds > 0 && `Wait ${waitText(waitSeconds)}`}
        >
          {submitLabel}
        </Button>
      </DialogActions>
    </form>
  );
}
