import type { Metadata } from 'next';
import { InvitePage } from '@/components/sign-in/invite-page';
import { page, pageActor } from '@/lib/http/page';

export const metadata: Metadata = { title: 'Invitation' };

export default page(async function Page() {
  return <InvitePage signedInAs={(await pageActor())?.user.email ?? null} />;
});
