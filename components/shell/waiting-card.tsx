import { CenterCard } from '@/components/shell/center-card';
import { Skeleton } from '@/components/ui/skeleton';

/** A page of its own whose content is on its way. */
export function WaitingCard({ title }: { title: string }) {
  return (
    <CenterCard title={<span role="status">{title}</span>}>
      <div aria-busy className="flex flex-col gap-3">
        <Skeleton className="h-4 w-full" />
        <Skeleton className="h-4 w-2/3" />
      </div>
    </CenterCard>
  );
}
