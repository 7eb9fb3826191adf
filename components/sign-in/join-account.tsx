'use client';

import { useMutation } from '@tanstack/react-query';
import { useForm } from 'react-hook-form';
import { useEarlyInput } from '@/components/form/early-input';
import { FormError } from '@/components/form/form-error';
import { CenterCard } from '@/components/shell/center-card';
import { useFragment } from '@/components/sign-in/fragment';
import { Button } from '@/components/ui/button';
import { Callout } from '@/components/ui/callout';
import { Field } from '@/components/ui/field';
import { PasswordInput } from '@/components/ui/password-input';
import { TextLink } from '@/components/ui/text-link';
import type { ApiError } from '@/lib/client/api';
import type { JoinedSso } from '@/lib/contract/sso';
import { joinSso, mailJoinLink } from '@/lib/react/sso';

type Proof = Parameters<typeof joinSso>[0];

/**
 * Proves that an account is whose browser this is: by its password, or by a mailed link, whose token stands
 * behind the `#`. Opening that changes nothing; mail scanners open every link.
 */
export function JoinAccount({
  maskedEmail,
  providerName,
  takesPassword,
  losesAll,
  losesPassword,
  sendsMail,
  returnPath,
}: {
  maskedEmail: string;
  providerName: string;
  takesPassword: boolean;
  /** Nobody has confirmed the address of the account: what it has ends. */
  losesAll: boolean;
  losesPassword: boolean;
  sendsMail: boolean;
  /** Checked by the server. */
  returnPath: string;
}) {
  const token = useFragment() ?? '';
  const join = useMutation<JoinedSso, ApiError, Proof>({
    mutationFn: joinSso,
    // A full load: nothing that was shown before belongs to the new session.
    onSuccess: () => window.location.replace(returnPath),
  });
  const mail = useMutation<unknown, ApiError>({ mutationFn: mailJoinLink });
  const isOver = join.error?.code === 'sso_refused' && join.error.problem.reason !== 'link_void';

  return (
    <CenterCard
      title={`There is already an account with ${maskedEmail}`}
      lead={`You signed in through ${providerName}, which is not linked to it yet. Prove that the account is yours; from then on ${providerName} is enough.`}
      foot="You have no account here, or this is not your address? Close this page, and tell an owner of your team."
    >
      <div className="flex flex-col gap-5">
        {losesAll ? (
          <Callout tone="warn" title="The account starts anew">
            <p>
              {`Nobody has confirmed its address yet, so somebody else may have made it. Its ${
                losesPassword ? 'password, ' : ''
              }sessions and verified networks end; its teams and computers stay.`}
            </p>
            {losesPassword && takesPassword ? (
              <p>
                <span>Want to keep a password beside? First </span>
                <TextLink href="/reset">choose a new one by mail</TextLink>
                <span>, then sign in again.</span>
              </p>
            ) : null}
          </Callout>
        ) : null}
        {token !== '' ? (
          <Button
            variant="primary"
            size="lg"
            pending={join.isPending || join.isSuccess}
            onClick={() => join.mutate({ token })}
          >
            Yes, this account is mine
          </Button>
        ) : takesPassword ? (
          <PasswordProof
            isPending={join.isPending || join.isSuccess}
            error={join.error}
            onProof={join.mutate}
          />
        ) : null}
        {isOver ? (
          <Callout tone="danger" live title="Not signed in">
            <p>{join.error?.message}</p>
            <p>
              <TextLink href="/login">Sign in again</TextLink>
            </p>
          </Callout>
        ) : join.error?.code === 'invalid_credentials' ? null : (
          <FormError error={join.error} title="Not signed in" />
        )}
        {token !== '' && join.error === null ? null : (
          <MailProof
            mail={mail}
            maskedEmail={maskedEmail}
            sendsMail={sendsMail}
            isMain={!takesPassword}
          />
        )}
      </div>
    </CenterCard>
  );
}

function PasswordProof({
  isPending,
  error,
  onProof,
}: {
  isPending: boolean;
  error: ApiError | null;
  onProof: (proof: Proof) => void;
}) {
  const { register, handleSubmit, formState, setValue } = useForm<{ password: string }>({
    defaultValues: { password: '' },
  });
  const form = useEarlyInput(setValue);
  const wrong = error?.code === 'invalid_credentials' ? 'This is not its password.' : undefined;
  return (
    <form
      ref={form}
      noValidate
      method="post"
      className="flex flex-col gap-4"
      onSubmit={handleSubmit(onProof)}
    >
      <Field
        label="Password of this account"
        hint="The one that you chose here, not that of your company."
        error={formState.errors.password?.message ?? wrong}
      >
        <PasswordInput
          autoComplete="current-password"
          autoFocus
          {...register('password', { required: 'Enter its password.' })}
        />
      </Field>
      <Button type="submit" variant="primary" size="lg" pending={isPending}>
        Go on
      </Button>
    </form>
  );
}

function MailProof({
  mail,
  maskedEmail,
  sendsMail,
  isMain,
}: {
  mail: ReturnType<typeof useMutation<unknown, ApiError>>;
  maskedEmail: string;
  sendsMail: boolean;
  /** There is no other way. */
  isMain: boolean;
}) {
  if (mail.isSuccess) {
    return (
      <Callout tone="success" live title={sendsMail ? 'Look into your mail' : 'The link is ready'}>
        <p>
          {sendsMail
            ? `A link is on its way to ${maskedEmail}. Open it in this browser, within 15 minutes; it works once. It works in no other browser.`
            : 'No mail goes out from this Gatehouse. Whoever runs it finds the link in its folder of mails, and can hand it to you. Open it in this browser, within 15 minutes.'}
        </p>
      </Callout>
    );
  }
  return (
    <>
      <FormError error={mail.error} title="No link was sent" />
      <Button
        variant={isMain ? 'primary' : 'secondary'}
        size="lg"
        pending={mail.isPending}
        onClick={() => mail.mutate()}
      >
        Send me a link
      </Button>
    </>
  );
}
