import { PageHeader } from '@/components/ui/page-header';
import { Card } from '@/components/ui/section';
import { Skeleton } from '@/components/ui/skeleton';

export default function RulesLoading() {
  return (
    <>
      <PageHeader title="App Rules" description={<Skeleton className="h-5 w-96" />} />
      <Card className="sm:p-6">
        <Skeleton className="h-9 w-full" />
        <Skeleton className="mt-3 h-11 w-3/4" />
        <Skeleton className="mt-8 h-5 w-64" />
      </Card>
      <Card className="mt-8">
        <Skeleton className="h-24 w-full" />
      </Card>
      <Card className="mt-8">
        <Skeleton className="h-80 w-full" />
      </Card>
    </>
  );
}
