import type { Metadata } from 'next';
import { SsoComplete } from '@/components/sign-in/sso-complete';
import { SsoFailed } from '@/components/sign-in/sso-failed';
import { page, pageActor, pageReturnPath } from '@/lib/http/page';

export const metadata: Metadata = { title: 'Single sign-on' };

type Query = Partial<Record<'purpose' | 'to', string | string[]>>;

/**
 * Where the browser comes back to from a provider whose answer was kept. The ticket behind the `#` works
 * once, for the browser that began; the page takes it out of the address before it does anything else.
 */
export default page(async function SsoCompletePage({
  searchParams,
}: {
  searchParams: Promise<Query>;
}) {
  const { purpose, to } = await searchParams;
  const isPurpose = purpose === 'log_in' || purpose === 'verify' || purpose === 'test';
  if (!isPurpose) {
    return <SsoFailed reason="expired" again={(await pageActor()) ? null : '/login'} />;
  }
  const returnPath = pageReturnPath(typeof to === 'string' ? to : null);
  return <SsoComplete purpose={purpose} returnPath={returnPath} />;
});
