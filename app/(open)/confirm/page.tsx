import type { Metadata } from 'next';
import { NotMe } from '@/components/gate/not-me';
import { SsoVerifyButtons } from '@/components/prompt/sso-verify-buttons';
import { CenterCard } from '@/components/shell/center-card';
import { Callout } from '@/components/ui/callout';
import { page, requirePageActor } from '@/lib/http/page';
import { listOwnSso } from '@/lib/service/sso/providers';

export const metadata: Metadata = { title: 'Confirm' };

/** A window beside the one that waits: re-authenticates the session of this browser by single sign-on. */
export default page(async function ConfirmPage() {
  const actor = await requirePageActor('/confirm');
  const providers = await listOwnSso(actor);
  return (
    <CenterCard
      title="Confirm that it is you"
      lead={`Go on only if another window of yours asked for this just now: a change that you began there, as ${actor.user.email}, waits for it.`}
    >
      <div className="flex flex-col gap-5">
        {providers.length > 0 ? (
          <SsoVerifyButtons providers={providers} challengeId={null} returnPath="/confirm" isMain />
        ) : (
          <Callout title="Nothing waits here">
            This page is for accounts of an identity provider, and none knows this one. Go back to
            the window that asked.
          </Callout>
        )}
        <NotMe />
      </div>
    </CenterCard>
  );
});
