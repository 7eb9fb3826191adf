import { PageHeader } from '@/components/ui/page-header';
import { Skeleton } from '@/components/ui/skeleton';

/** The page of a visit while it is on its way. */
export function VisitSkeleton() {
  return (
    <>
      <PageHeader
        back={<Skeleton className="h-5 w-20" />}
        title={<Skeleton className="h-7 w-48" />}
        description={<Skeleton className="mt-2 h-6 w-28 rounded-full" />}
      />
      <Skeleton className="h-40 w-full rounded-lg" />
    </>
  );
}
