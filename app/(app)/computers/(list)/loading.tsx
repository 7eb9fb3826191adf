import { ComputersHeader } from '@/components/computers-header';
import { ComputersSkeleton } from '@/components/computers-table';

export default function ComputersLoading() {
  return (
    <>
      <ComputersHeader />
      <ComputersSkeleton />
    </>
  );
}
