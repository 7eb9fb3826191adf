import type { ReactNode } from 'react';

/** The head of a page: its title, one sentence, and what can be done here. */
export function PageHeader({
  title,
  description,
  actions,
  back,
}: {
  title: ReactNode;
  description?: ReactNode;
  actions?: ReactNode;
  /** A link to the page above, shown over the title. */
  back?: ReactNode;
}) {
  return (
    <header className="mb-6 flex flex-col gap-x-6 gap-y-4 sm:flex-row sm:items-start sm:justify-between">
      <div className="min-w-0">
        {back ? <div className="mb-2 text-muted">{back}</div> : null}
        <h1 tabIndex={-1} className="text-xl font-semibold tracking-tight wrap-anywhere">
          {title}
        </h1>
        {description ? <div className="mt-1 max-w-prose text-muted">{description}</div> : null}
      </div>
      {actions ? <div className="flex shrink-0 flex-wrap gap-2">{actions}</div> : null}
    </header>
  );
}
