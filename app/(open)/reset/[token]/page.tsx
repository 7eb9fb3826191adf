import type { Metadata } from 'next';
import { CenterCard } from '@/components/center-card';
import { ResetPasswordForm } from '@/components/reset-password-form';
import { ButtonLink } from '@/components/ui/button';
import { TextLink } from '@/components/ui/text-link';
import { findResetPage } from '@/lib/service/passwords';

export const metadata: Metadata = { title: 'Choose a new password' };

/** Shows the form of a mailed link. Opening it changes nothing: mail scanners open every link. */
export default async function ResetLinkPage({ params }: { params: Promise<{ token: string }> }) {
  const { token } = await params;
  const reset = await findResetPage(token);
  if (!reset) {
    return (
      <CenterCard
        title="This link no longer works"
        lead="It was used or replaced by a newer one, or its 30 minutes are over. Your password is as it was."
        foot={<TextLink href="/login">Back to sign in</TextLink>}
      >
        <ButtonLink href="/reset" variant="primary">
          Ask for a new link
        </ButtonLink>
      </CenterCard>
    );
  }
  return (
    <CenterCard
      title="Choose a new password"
      lead={`For the account ${reset.maskedEmail}. All its sessions end, in browsers and programs.`}
    >
      <ResetPasswordForm token={token} />
    </CenterCard>
  );
}
