import type { Metadata } from 'next';
import { SsoFailed } from '@/components/sign-in/sso-failed';
import { samlCauseText } from '@/lib/contract/sso-failures';
import { page, pageActor } from '@/lib/http/page';

export const metadata: Metadata = { title: 'Single sign-on' };

/** Why a single sign-on ended. Of the address only a word that is known is looked at; nothing is shown of it. */
export default page(async function SsoFailedPage({
  searchParams,
}: {
  searchParams: Promise<{ reason?: string | string[]; cause?: string | string[] }>;
}) {
  const { reason, cause } = await searchParams;
  const again = (await pageActor()) ? null : '/login';
  return (
    <SsoFailed
      reason={typeof reason === 'string' ? reason : null}
      cause={samlCauseText(cause)}
      again={again}
    />
  );
});
