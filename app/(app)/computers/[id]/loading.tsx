import { VisitSkeleton } from '@/components/visit/visit-skeleton';

export default function VisitLoading() {
  return <VisitSkeleton />;
}
