/** The faults of an `invalid_request`, by the path of the field: to be shown where they are. */
export function fieldErrors(error: unknown): Partial<Record<string, string>> {
  const problem = (error as { problem?: { errors?: unknown } } | null)?.problem;
  const errors = Array.isArray(problem?.errors) ? problem.errors : [];
  return Object.fromEntries(
    errors.flatMap(({ path, message }: { path?: unknown; message?: unknown }) =>
      typeof path === 'string' && typeof message === 'string' ? [[path, message]] : [],
    ),
  );
}
