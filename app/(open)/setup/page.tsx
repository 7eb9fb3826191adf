import type { Metadata } from 'next';
import { CenterCard } from '@/components/shell/center-card';
import { SetUpAddress } from '@/components/sign-in/set-up-address';
import { SetUpForm } from '@/components/sign-in/set-up-form';
import { ButtonLink } from '@/components/ui/button';
import { page } from '@/lib/http/page';
import { currentOrigin } from '@/lib/http/request-context';
import { isSetUp } from '@/lib/service/account/set-up';

export const metadata: Metadata = { title: 'Set up' };

export default page(async function SetUpPage() {
  if (await isSetUp()) {
    return (
      <CenterCard
        title="Already set up"
        lead="The first team exists. Sign in, or ask one of its owners for an invitation."
      >
        <ButtonLink href="/login" variant="primary">
          Sign in
        </ButtonLink>
      </CenterCard>
    );
  }
  return (
    <CenterCard
      title="Set up Gatehouse"
      lead="Create the first team and its owner. This is done once."
    >
      <div className="flex flex-col gap-4">
        <SetUpAddress client={currentOrigin().client} />
        <SetUpForm />
      </div>
    </CenterCard>
  );
});
