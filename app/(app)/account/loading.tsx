import { AccountSkeleton } from '@/components/account-skeleton';

export default function AccountLoading() {
  return <AccountSkeleton />;
}
