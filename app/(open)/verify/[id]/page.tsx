import type { Metadata } from 'next';
import { VerifyEnded } from '@/components/prompt/verify-ended';
import { VerifyPrompt } from '@/components/prompt/verify-prompt';
import { page, pageActor } from '@/lib/http/page';
import { currentOrigin } from '@/lib/http/request-context';
import { findChallengePage } from '@/lib/service/account/verifications';

export const metadata: Metadata = { title: 'Verify' };

/**
 * The prompt, as a program opens it in a browser, signed in or not. The attack: a thief sends the owner
 * the link of his own challenge. So the page names the address that asks, never verifies that one, and
 * when it is not the reader's own, advises against going on. Opening it changes nothing.
 */
export default page(async function VerifyPage({ params }: { params: Promise<{ id: string }> }) {
  const { id } = await params;
  const { address, network, reason } = currentOrigin().client;
  const challenge = /^[\w-]{1,200}$/.test(id) ? await findChallengePage(id, network) : null;
  if (!challenge || challenge.status === 'expired') return <VerifyEnded state="expired" />;
  if (challenge.status === 'verified') return <VerifyEnded state="verified" />;
  const actor = await pageActor();
  return (
    <VerifyPrompt
      challenge={challenge}
      here={address === null || network === null ? { reason } : { address, network }}
      viewer={
        actor && {
          email: actor.user.email,
          isAccount: actor.user.id === challenge.userId,
        }
      }
    />
  );
});
