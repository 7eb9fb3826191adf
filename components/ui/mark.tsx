/** The product's mark: a gate arch with its way through. The name stands beside it where given. */
export function Mark({ named = false }: { named?: boolean }) {
  return (
    <span className="inline-flex items-center gap-2.5">
      <svg viewBox="0 0 24 24" className="size-6 shrink-0" aria-hidden="true" focusable="false">
        <rect width="24" height="24" rx="6" className="fill-accent" />
        <path
          d="M5.5 19V7.5h2.2V6h2.2v1.5h4.2V6h2.2v1.5h2.2V19h-3.6v-4.4a2.9 2.9 0 0 0-5.8 0V19z"
          className="fill-on-accent"
        />
      </svg>
      {named ? (
        <span className="text-[0.9375rem] font-semibold tracking-tight">Gatehouse</span>
      ) : null}
    </span>
  );
}
