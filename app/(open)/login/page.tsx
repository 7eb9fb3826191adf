import type { Metadata } from 'next';
import { redirect } from 'next/navigation';
import { CenterCard } from '@/components/shell/center-card';
import { LogInForm } from '@/components/sign-in/log-in-form';
import { page, pageActor, pageReturnPath } from '@/lib/http/page';
import { isSetUp } from '@/lib/service/account/set-up';

export const metadata: Metadata = { title: 'Sign in' };

export default page(async function LogInPage({
  searchParams,
}: {
  searchParams: Promise<{ callbackUrl?: string | string[] }>;
}) {
  const { callbackUrl } = await searchParams;
  const returnPath = pageReturnPath(typeof callbackUrl === 'string' ? callbackUrl : null);
  if (await pageActor()) redirect(returnPath);
  if (!(await isSetUp())) redirect('/setup');
  return (
    <CenterCard
      title="Sign in"
      lead="Signing in also verifies the network you are on."
      foot="No account? An owner of your team can invite you."
    >
      <LogInForm returnPath={returnPath} />
    </CenterCard>
  );
});
