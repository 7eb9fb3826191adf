import { TeamComputersSkeleton } from '@/components/computers/team-computers';

export default function ComputersLoading() {
  return <TeamComputersSkeleton />;
}
