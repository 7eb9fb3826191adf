import { GatehouseError, isGatehouseError } from '@/lib/contract/errors';
import { isDatabaseUnavailable, isUniqueViolation } from '@/lib/platform/database';

/** What an edge answers, whatever was thrown: a database that can't be asked is 503, a fault of ours 500. */
export function knownError(error: unknown): GatehouseError {
  if (isGatehouseError(error)) return error;
  const isBusy = error instanceof Error && error.name === 'BusyError';
  if (isBusy || isDatabaseUnavailable(error)) {
    return new GatehouseError(
      'unavailable',
      isBusy
        ? 'Too many ask for the same at this moment. Try again shortly.'
        : 'The database can’t be asked now, so nothing was decided and nothing was done. Try again shortly.',
      { headers: { 'Retry-After': '2' } },
    );
  }
  if (isUniqueViolation(error)) {
    return new GatehouseError(
      'conflict',
      'Somebody did the same at this moment. Look at what stands there now, then repeat it if it is still needed.',
    );
  }
  return new GatehouseError(
    'internal_error',
    'This is a fault of the server. It has been logged under the request id.',
  );
}
