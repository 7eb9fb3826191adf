import { ProvidersSkeleton } from '@/components/providers/providers';

export default function SsoLoading() {
  return <ProvidersSkeleton />;
}
