'use client';

import { CircleAlert } from 'lucide-react';
import { createContext, type ReactNode, useContext, useId } from 'react';
import { classNames } from '@/components/ui/class-names';

type FieldControl = { id: string; 'aria-describedby'?: string; 'aria-invalid'?: true };

const FieldContext = createContext<FieldControl | null>(null);

/** What ties a control to the label, hint and error of the `Field` around it. */
export function useFieldControl(): Partial<FieldControl> {
  return useContext(FieldContext) ?? {};
}

/**
 * A label, one control, a hint and an error, tied together for screen readers.
 * With react-hook-form: `<Field label="Name" error={errors.name?.message}><Input {...register('name')} /></Field>`.
 */
export function Field({
  label,
  hint,
  error,
  optional = false,
  labelHidden = false,
  aside,
  className,
  children,
}: {
  label: ReactNode;
  hint?: ReactNode;
  error?: ReactNode;
  optional?: boolean;
  labelHidden?: boolean;
  /** Stands at the far end of the label's line, e.g. "Forgotten?". */
  aside?: ReactNode;
  className?: string;
  children: ReactNode;
}) {
  const id = useId();
  const hintId = `${id}-hint`;
  const errorId = `${id}-error`;
  const describedBy = [error && errorId, hint && hintId].filter(Boolean).join(' ');
  const control: FieldControl = {
    id,
    ...(describedBy ? { 'aria-describedby': describedBy } : {}),
    ...(error ? { 'aria-invalid': true as const } : {}),
  };
  return (
    <div className={classNames('flex min-w-0 flex-col gap-1.5', className)}>
      <div
        className={classNames(
          'flex items-baseline justify-between gap-3',
          labelHidden && !aside && 'sr-only',
        )}
      >
        <label htmlFor={id} className={classNames('font-medium', labelHidden && 'sr-only')}>
          <span>{label}</span>
          {optional ? <span className="font-normal text-muted"> (optional)</span> : null}
        </label>
        {aside}
      </div>
      <FieldContext value={control}>{children}</FieldContext>
      {error ? (
        <p id={errorId} role="alert" className="flex items-start gap-1.5 text-blocked">
          <CircleAlert aria-hidden className="mt-[0.2rem] size-3.5 shrink-0" />
          <span>{error}</span>
        </p>
      ) : null}
      {hint ? (
        <p id={hintId} className="text-muted">
          {hint}
        </p>
      ) : null}
    </div>
  );
}
