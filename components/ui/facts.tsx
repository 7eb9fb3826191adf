import type { ReactNode } from 'react';

/** Terms and what they are, one a line: "From · 198.51.100.9". */
export function Facts({ items }: { items: readonly { term: string; value: ReactNode }[] }) {
  return (
    <dl className="divide-y divide-line rounded-lg border border-line bg-surface">
      {items.map((item) => (
        <div key={item.term} className="flex flex-wrap gap-x-4 gap-y-0.5 px-4 py-2.5">
          <dt className="w-20 shrink-0 text-muted sm:w-24">{item.term}</dt>
          <dd className="min-w-0 flex-1 basis-36 wrap-anywhere">{item.value}</dd>
        </div>
      ))}
    </dl>
  );
}
