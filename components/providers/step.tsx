import { Check } from 'lucide-react';
import { type ReactNode, useId } from 'react';
import { classNames } from '@/components/ui/class-names';

/** The steps of something that is set up in an order, on one page. */
export function Steps({ children }: { children: ReactNode }) {
  return <ol className="flex flex-col gap-8">{children}</ol>;
}

/** One of them: its number, or a tick once it is done. */
export function Step({
  number,
  title,
  description,
  isDone = false,
  isLater = false,
  children,
}: {
  number: number;
  title: string;
  description?: ReactNode;
  isDone?: boolean;
  /** Only after the steps before. */
  isLater?: boolean;
  children?: ReactNode;
}) {
  const id = useId();
  return (
    <li>
      <section aria-labelledby={id} className="flex gap-3 sm:gap-4">
        <span
          aria-hidden
          className={classNames(
            'flex size-7 shrink-0 items-center justify-center rounded-full border text-sm font-semibold tabular-nums',
            isDone
              ? 'border-trusted-line bg-trusted-soft text-trusted'
              : isLater
                ? 'border-line text-muted'
                : 'border-accent text-accent-ink',
          )}
        >
          {isDone ? <Check className="size-4" /> : number}
        </span>
        <div className="min-w-0 flex-1">
          <h2
            id={id}
            className={classNames('text-base leading-7 font-semibold', isLater && 'text-muted')}
          >
            <span>{title}</span>
            {isDone ? <span className="sr-only"> (done)</span> : null}
          </h2>
          {description ? <div className="max-w-prose text-muted">{description}</div> : null}
          {children ? <div className="mt-3">{children}</div> : null}
        </div>
      </section>
    </li>
  );
}
