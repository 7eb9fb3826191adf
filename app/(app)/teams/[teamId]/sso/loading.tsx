import { SsoConnectionsSkeleton } from '@/components/providers/providers';

export default function SsoLoading() {
  return <SsoConnectionsSkeleton />;
}
