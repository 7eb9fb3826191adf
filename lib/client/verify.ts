import type { Challenge, Verification, VerifiedIp } from '@/lib/contract/resources';
import { ApiError, call } from './api';

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
    return await call('POST /verifications', { body: { password, challengeId } });
  } catch (error) {
    if (!(error instanceof ApiError) || challengeId === undefined) throw error;
    if (isPassed(error)) return null;
    if (error.code === 'conflict' || error.code === 'not_found') return verifyHere(password);
    throw error;
  }
}

/** Two networks of one person: what was refused came from one, and the proof was recorded for the other. */
export type OtherNetwork = {
  asked: string;
  recorded: VerifiedIp;
  /** When the challenge of the refused one ends: RFC 3339. */
  until: string;
};

/**
 * What was verified, compared with what was refused: an address belongs to a connection, not to a person.
 * @returns null where the challenge is passed, or none was named
 */
export function otherNetworkOf(verification: Verification | null): OtherNetwork | null {
  const challenge = verification?.challenge;
  if (!verification || !challenge || challenge.status === 'verified') return null;
  const { network, expiresAt } = challenge;
  return network === verification.verifiedIp.network
    ? null
    : { asked: network, recorded: verification.verifiedIp, until: expiresAt };
}

/** Whether a refusal says that the challenge was passed already: there is nothing left to do. */
export function isPassed(error: unknown): boolean {
  if (!(error instanceof ApiError) || error.code !== 'conflict') return false;
  return (error.problem.challenge as { status?: unknown } | undefined)?.status === 'verified';
}

/** What became of a challenge, and the network that was recorded on the way. */
export type ChallengeOutcome = {
  status: Challenge['status'];
  /** Null: nothing was recorded by this attempt. */
  verifiedIp: VerifiedIp | null;
};

/**
 * Proves on the prompt page that the account is one's own. Records the network that this browser is on;
 * the challenge is passed when that is the one it asks for. Nobody is signed in by it.
 * @param hasSession whether this browser is signed in to the account
 * @throws ApiError: invalid_credentials, too_many_requests, client_address_unknown, …
 */
export async function passChallenge(
  id: string,
  password: string,
  hasSession: boolean,
): Promise<ChallengeOutcome> {
  try {
    const { challenge, verifiedIp } = hasSession
      ? await call('POST /verifications', { body: { password, challengeId: id } })
      : await call('POST /challenges/{id}/verifications', { params: { id }, body: { password } });
    return { status: challenge?.status ?? 'expired', verifiedIp };
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    // The session ended while the page was open; the challenge can be passed without it.
    if (hasSession && error.code === 'unauthenticated') return passChallenge(id, password, false);
    if (isPassed(error)) return { status: 'verified', verifiedIp: null };
    const isOver = error.code === 'conflict' || error.code === 'not_found';
    if (isOver) return { status: 'expired', verifiedIp: null };
    throw error;
  }
}
