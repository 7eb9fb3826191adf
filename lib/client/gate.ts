import type { Challenge, Verification, VerifiedIp } from '@/lib/contract/resources';
import { ApiError, type CallApi } from './api';

/** The refusals that a person answers in place; the session goes on in all of them. */
const GATE_CODES = [
  'ip_verification_required',
  'reauthentication_required',
  'client_address_unknown',
] as const;
type GateCode = (typeof GATE_CODES)[number];

/** A refusal of the gate. */
export type GateRefusal = ApiError & { code: GateCode };

export function isGateRefusal(error: unknown): error is GateRefusal {
  return error instanceof ApiError && (GATE_CODES as readonly string[]).includes(error.code);
}

/** What a person asks for who wants to verify this network and was refused nothing. */
export function unverifiedHere(): GateRefusal {
  const code = 'ip_verification_required';
  return new ApiError(403, code, 'This network is not verified.', {}) as GateRefusal;
}

/**
 * What came of asking: the gate is passed; the proof was recorded for another network than the one that
 * was refused, by which the action may well go when it is repeated; or the person went back.
 */
export type GateAnswer = 'passed' | 'other_network' | 'went_back';

/**
 * Asks the person who sits here to pass the gate. What it throws is thrown by the action.
 * @param withdrawn aborted when there is nothing more to ask: the prompt closes
 */
export type AskGate = (refusal: GateRefusal, withdrawn?: AbortSignal) => Promise<GateAnswer>;

const NOT_DONE: Record<GateCode, string> = {
  ip_verification_required: 'Nothing was done, because this network was not verified.',
  reauthentication_required: 'Nothing was changed, because you did not confirm that it is you.',
  client_address_unknown:
    'Nothing was done, because the server can’t tell which network you are on.',
};

/**
 * Runs an action; when the gate refuses it, asks, and repeats it once the gate is passed.
 * @throws ApiError of the action; the refusal, in words for its form, when the person went back
 */
export async function throughGate<Data>(
  ask: AskGate | null,
  run: () => Promise<Data>,
): Promise<Data> {
  for (;;) {
    try {
      return await run();
    } catch (error) {
      if (ask === null || !isGateRefusal(error)) throw error;
      if ((await ask(error)) !== 'went_back') continue;
      throw new ApiError(error.status, error.code, NOT_DONE[error.code], error.problem);
    }
  }
}

/**
 * Re-authenticates the session, and so verifies the network that it is on.
 * A challenge that was passed or has run out meanwhile is no obstacle: the proof stands without it.
 * @returns null where the challenge was passed already
 * @throws ApiError: invalid_credentials, too_many_requests, client_address_unknown, unauthenticated, …
 */
export async function verify(
  call: CallApi,
  password: string,
  challengeId?: string | undefined,
): Promise<Verification | null> {
  try {
    return await call('POST /verifications', { body: { password, challengeId } });
  } catch (error) {
    if (!(error instanceof ApiError) || challengeId === undefined) throw error;
    if (isPassed(error)) return null;
    if (error.code === 'conflict' || error.code === 'not_found') return verify(call, password);
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
function isPassed(error: unknown): boolean {
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
  call: CallApi,
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
    if (hasSession && error.code === 'unauthenticated')
      return passChallenge(call, id, password, false);
    if (isPassed(error)) return { status: 'verified', verifiedIp: null };
    const isOver = error.code === 'conflict' || error.code === 'not_found';
    if (isOver) return { status: 'expired', verifiedIp: null };
    throw error;
  }
}
