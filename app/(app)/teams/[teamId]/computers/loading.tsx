import { TeamComputersSkeleton } from '@/components/team-computers';

export default function ComputersLoading() {
  return <TeamComputersSkeleton />;
}
