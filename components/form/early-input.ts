'use client';

import { useCallback } from 'react';
import type { FieldValues, Path, PathValue, UseFormSetValue } from 'react-hook-form';

/**
 * A form's `ref` that hands react-hook-form what was typed, or filled in by a password manager, before
 * the page came alive. It would take such fields for empty.
 */
export function useEarlyInput<Values extends FieldValues>(setValue: UseFormSetValue<Values>) {
  return useCallback(
    (form: HTMLFormElement | null) => {
      for (const input of form?.elements ?? []) {
        if (input instanceof HTMLInputElement && input.name !== '' && input.value !== '') {
          const name = input.name as Path<Values>;
          setValue(name, input.value as PathValue<Values, Path<Values>>);
        }
      }
    },
    [setValue],
  );
}
