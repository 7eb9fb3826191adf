import type { Verification } from '@/lib/contract/resources';
import { ApiError, api } from './api';

/**
 * Re-authenticates this browser's session, and so verifies the network that it is on.
 * A challenge that was passed or has run out meanwhile is no obstacle: the proof stands without it.
 * @throws ApiError: invalid_credentials, too_many_requests, client_address_unknown, unauthenticated, …
 */
export async function verifyHere(
  password: string,
  challengeId?: string | undefined,
): Promise<Verification | null> {
  try {
    return await api<Verification>('POST', '/verifications', {
      password,
      ...(challengeId !== undefined && { challengeId }),
    });
  } catch (error) {
    if (!(error instanceof ApiError) || challengeId === undefined) throw error;
    if (isPassed(error)) return null;
    if (error.code === 'conflict' || error.code === 'not_found') return verifyHere(password);
    throw error;
  }
}

/** Whether a refusal says that the challenge was passed already: there is nothing left to do. */
export function isPassed(error: unknown): boolean {
  if (!(error instanceof ApiError) || error.code !== 'conflict') return false;
  return (error.problem.challenge as { status?: unknown } | undefined)?.status === 'verified';
}
