import { PageHeader } from '@/components/ui/page-header';
import { Card } from '@/components/ui/section';
import { Skeleton } from '@/components/ui/skeleton';

export default function AddressesLoading() {
  return (
    <>
      <PageHeader title="Settings" description={<Skeleton className="h-5 w-96" />} />
      <Card className="mt-9 max-w-xl">
        <Skeleton className="h-32 w-full" />
      </Card>
      <Card className="mt-16">
        <Skeleton className="h-72 w-full" />
      </Card>
    </>
  );
}
