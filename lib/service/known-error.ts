import { GatehouseError, isGatehouseError } from '@/lib/contract/errors';
import { log } from '@/lib/platform/log';
import {
  databaseLacksSomething,
  isDatabaseUnavailable,
  isUniqueViolation,
} from '@/lib/platform/postgres/database';
import { logRarely } from '@/lib/platform/rare-log';
import type { BusyError } from '@/lib/platform/turns';

const OWN_WAIT_SECONDS = 1;
const WAIT_SECONDS = 2;

/** What an edge answers, whatever was thrown: a database that can't be asked is 503, a fault of ours 500. */
export function knownError(error: unknown): GatehouseError {
  if (isGatehouseError(error)) return error;
  if (isBusy(error)) {
    return error.isOwn
      ? later(
          'too_many_requests',
          'Too much of yours waits already. Try again in a second.',
          OWN_WAIT_SECONDS,
        )
      : later(
          'unavailable',
          'Too many ask for the same at this moment. Try again shortly.',
          WAIT_SECONDS,
        );
  }
  if (isDatabaseUnavailable(error)) {
    return later(
      'unavailable',
      'The database can’t be asked now, so nothing was decided and nothing was done. Try again shortly.',
      WAIT_SECONDS,
    );
  }
  if (databaseLacksSomething(error)) {
    return later(
      'unavailable',
      'The database has not all that this version needs, so nothing was decided and nothing was done. It takes an operator; the log says what is missing.',
      WAIT_SECONDS,
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

function later(
  code: 'too_many_requests' | 'unavailable',
  detail: string,
  retryAfterSeconds: number,
): GatehouseError {
  return new GatehouseError(code, detail, {
    headers: { 'Retry-After': String(retryAfterSeconds) },
    extra: { retryAfterSeconds },
  });
}

/** By its name: `server.ts` and Next's bundle have each a class of their own. */
function isBusy(error: unknown): error is BusyError {
  return error instanceof Error && error.name === 'BusyError';
}

/**
 * Logs what was thrown: a fault of ours in full each time; what is to be expected under load or while the
 * database is away in a line a second, without a stack.
 */
export function logFailure(error: unknown, fields: { requestId: string; method?: string }): void {
  const { code } = knownError(error);
  if (code === 'internal_error') log().error({ err: error, ...fields }, code);
  if (code !== 'unavailable') return;
  logRarely(topicOf(error), { ...fields, cause: causeOf(error) });
}

function topicOf(error: unknown): string {
  if (isBusy(error)) return 'too many wait';
  return databaseLacksSomething(error)
    ? 'the database lacks a table, column or function of this version: restore it whole from a back-up'
    : 'unavailable';
}

function causeOf(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : 'unknown';
}
