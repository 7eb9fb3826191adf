import { SessionSkeleton } from '@/components/visit/visit-skeleton';

export default function ComputerSessionLoading() {
  return <SessionSkeleton />;
}
