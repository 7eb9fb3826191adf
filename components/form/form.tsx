'use client';

import { type ReactNode, useEffect } from 'react';
import type { FieldValues, Path, UseFormReturn } from 'react-hook-form';
import { useEarlyInput } from '@/components/form/early-input';
import { fieldErrors } from '@/components/form/field-errors';
import { FormError } from '@/components/form/form-error';
import type { ApiError } from '@/lib/client/api';

type Faults<Values extends FieldValues> = { [P in Path<Values>]?: string | undefined };

/**
 * A form that is sent by a mutation. What the answer finds wrong with a field stands at that field, the first
 * of them has the focus; any other refusal stands below the fields.
 */
export function Form<Values extends FieldValues>({
  form,
  sent,
  failed,
  faultsOf,
  refusal,
  children,
  actions,
}: {
  form: UseFormReturn<Values>;
  sent: { mutate: (values: Values) => void; error: ApiError | null };
  /** What did not happen, as the head of a refusal. */
  failed?: string;
  /** Fields that are to blame for a refusal which names none. */
  faultsOf?: (error: ApiError) => Faults<Values>;
  /** What stands in the place of a refusal where the form has more to say of it; false: nothing, it is said elsewhere. */
  refusal?: ReactNode;
  children: ReactNode;
  actions: ReactNode;
}) {
  const { handleSubmit, setError, setValue, getValues } = form;
  const { error } = sent;
  const early = useEarlyInput(setValue);
  const faults = error ? { ...fieldErrors(error), ...faultsOf?.(error) } : {};
  const shown = Object.entries(faults).filter(
    (fault): fault is [Path<Values>, string] =>
      fault[1] !== undefined && getValues(fault[0] as Path<Values>) !== undefined,
  );
  // biome-ignore lint/correctness/useExhaustiveDependencies: once for each refusal
  useEffect(() => {
    for (const [name, message] of shown.toReversed()) {
      setError(name, { message }, { shouldFocus: true });
    }
  }, [error]);
  return (
    <form
      ref={early}
      noValidate
      method="post"
      className="flex flex-col gap-4"
      onSubmit={(event) => {
        // A dialog's form is inside the page's, as React sees it.
        event.stopPropagation();
        void handleSubmit((values) => sent.mutate(values))(event);
      }}
    >
      {children}
      {refusal ?? (shown.length > 0 ? null : <FormError error={error} title={failed} />)}
      {actions}
    </form>
  );
}
