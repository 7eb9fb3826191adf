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
      lead={`A security setting was changed in another window as ${actor.user.email}, and waits. Go on only if you started this yourself, just now.`}
    >
      <div className="flex flex-col gap-5">
        {providers.length > 0 ? (
          <SsoVerifyButtons providers={providers} challengeId={null} returnPath="/confirm" isMain />
        ) : (
          <Callout tone="warn" title="No identity provider knows this account">
            Confirm in the window that asks, or sign out and in again there.
          </Callout>
        )}
        <NotMe />
      </div>
    </CenterCard>
  );
});
