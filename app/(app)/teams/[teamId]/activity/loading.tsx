import { PageHeader } from '@/components/ui/page-header';
import { Card } from '@/components/ui/section';
import { Skeleton } from '@/components/ui/skeleton';

const ROWS = ['a', 'b', 'c', 'd', 'e', 'f'];

export default function ActivityLoading() {
  return (
    <>
      <PageHeader title="Activity" description={<Skeleton className="h-5 w-96" />} />
      <Skeleton className="mb-4 h-15 w-full" />
      <Card padded={false} className="divide-y divide-line">
        {ROWS.map((row) => (
          <div key={row} className="flex flex-col gap-1.5 px-4 py-3">
            <Skeleton className="h-5 w-2/3" />
            <Skeleton className="h-4 w-40" />
          </div>
        ))}
      </Card>
    </>
  );
}
