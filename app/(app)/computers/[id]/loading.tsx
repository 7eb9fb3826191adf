import { SessionSkeleton } from '@/components/session/session-skeleton';

export default function ComputerSessionLoading() {
  return <SessionSkeleton />;
}
