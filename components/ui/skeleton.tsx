import { classNames } from '@/components/ui/class-names';

/** The place of something that is on its way; give it the size of what will come. */
export function Skeleton({ className = 'h-4 w-32' }: { className?: string }) {
  return (
    <span
      aria-hidden
      className={classNames('block max-w-full animate-breathe rounded-sm bg-sunken', className)}
    />
  );
}
