import type { Metadata } from 'next';
import { ResetPage } from '@/components/sign-in/reset-page';

export const metadata: Metadata = { title: 'Choose a new password' };

export default function Page() {
  return <ResetPage />;
}
