import type { Metadata } from 'next';
import { CenterCard } from '@/components/center-card';
import { RequestResetForm } from '@/components/request-reset-form';
import { TextLink } from '@/components/ui/text-link';

export const metadata: Metadata = { title: 'Forgotten password' };

export default function ResetPage() {
  return (
    <CenterCard
      title="Forgotten your password?"
      lead="Enter the e-mail of your account. You get a link by which you choose a new password."
      foot={<TextLink href="/login">Back to sign in</TextLink>}
    >
      <RequestResetForm />
    </CenterCard>
  );
}
