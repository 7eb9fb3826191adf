import { ComputersHeader } from '@/components/computers/computers-header';
import { ComputersSkeleton } from '@/components/computers/computers-table';

export default function ComputersLoading() {
  return (
    <>
      <ComputersHeader />
      <ComputersSkeleton />
    </>
  );
}
