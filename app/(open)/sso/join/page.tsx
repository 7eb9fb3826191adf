import type { Metadata } from 'next';
import { CenterCard } from '@/components/shell/center-card';
import { JoinAccount } from '@/components/sign-in/join-account';
import { ButtonLink } from '@/components/ui/button';
import { page, pageBrowserToken } from '@/lib/http/page';
import { findJoinPage } from '@/lib/service/sso/joins';

export const metadata: Metadata = { title: 'Prove your account' };

/** Where a first single sign-on waits until this browser has proven the account that has its email. */
export default page(async function JoinPage() {
  const join = await findJoinPage(await pageBrowserToken());
  if (join) return <JoinAccount {...join} />;
  return (
    <CenterCard
      title="There is nothing to prove here"
      lead="The link works only in the browser in which you signed in through your company, within 15 minutes, and once. Sign in again in this browser, and ask for a new one."
      foot="You did not sign in there? Then somebody else uses your address. Close this page, and tell an owner of your team."
    >
      <ButtonLink href="/login" variant="primary">
        Sign in
      </ButtonLink>
    </CenterCard>
  );
});
