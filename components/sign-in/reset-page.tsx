'use client';

import { CenterCard } from '@/components/shell/center-card';
import { LinkedPage } from '@/components/sign-in/linked-page';
import { RequestResetForm } from '@/components/sign-in/request-reset-form';
import { ResetPasswordForm } from '@/components/sign-in/reset-password-form';
import { Button } from '@/components/ui/button';
import { TextLink } from '@/components/ui/text-link';

/** Asks for a link by which a new password is chosen; with its token behind the `#`, chooses it. */
export function ResetPage() {
  return (
    <LinkedPage
      lookup="POST /password-resets/lookup"
      withoutToken={
        <CenterCard
          title="Forgotten your password?"
          foot={<TextLink href="/login">Back to sign in</TextLink>}
        >
          <RequestResetForm />
        </CenterCard>
      }
      gone={
        <CenterCard
          title="This link no longer works"
          lead="It was used or replaced by a newer one, or its 30 minutes are over. Your password is as it was."
          foot={<TextLink href="/login">Back to sign in</TextLink>}
        >
          {/* Takes the token out of the address: then the page is the one that asks. */}
          <Button variant="primary" onClick={() => window.location.assign('#')}>
            Ask for a new link
          </Button>
        </CenterCard>
      }
    >
      {({ maskedEmail }, token) => (
        <CenterCard
          title="Choose a new password"
          lead={`For the account ${maskedEmail}. All its sessions end, in browsers and programs.`}
        >
          <ResetPasswordForm key={token} token={token} />
        </CenterCard>
      )}
    </LinkedPage>
  );
}
