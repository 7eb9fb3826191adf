import { ApiError } from './api';

/** What is waited for without asking whoever waits; longer ones are told. */
const LONGEST_WAIT_SECONDS = 60;
const TRIES = 8;
/** So that those who were put off together do not come back together. */
const SPREAD_SECONDS = 1;

/**
 * How long to wait before a call is repeated that the server had no time for, in seconds. Nothing was done
 * by it.
 * @returns null for an answer that another try would not change, or not soon
 */
export function repeatAfterSeconds(error: unknown): number | null {
  if (!(error instanceof ApiError)) return null;
  if (error.code !== 'unavailable' && error.code !== 'too_many_requests') return null;
  const seconds = Number(error.problem.retryAfterSeconds);
  return seconds > 0 && seconds <= LONGEST_WAIT_SECONDS ? seconds : null;
}

/** For a mutation that a person waits for: it is repeated by itself when the server says. */
export const patience = {
  retry: (failures: number, error: Error) => failures < TRIES && repeatAfterSeconds(error) !== null,
  retryDelay: (_failures: number, error: Error) =>
    1_000 * ((repeatAfterSeconds(error) ?? 0) + SPREAD_SECONDS * Math.random()),
};
