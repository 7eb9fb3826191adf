import { GatehouseError } from '@/lib/contract/errors';
import type { Challenge, Verification, VerifiedIp } from '@/lib/contract/resources';
import { env } from '@/lib/platform/env';
import { type Db, database, transaction } from '@/lib/platform/postgres/database';
import { hashToken, successorToken } from '@/lib/platform/token';
import { maskEmail } from '@/lib/policy/email';
import type { CredentialedActor, Origin } from '@/lib/service/gate/actor';
import { methodsOf, unauthenticated } from '@/lib/service/gate/gate';
import { type ChallengeWithUser, findChallenge } from '@/lib/store/challenges';
import { replaceToken } from '@/lib/store/sessions';
import { findSsoOfUser } from '@/lib/store/sso/identities';
import {
  BY_PASSWORD,
  holdCheckedUser,
  type Proof,
  type Recorded,
  recordAuthentication,
  requireHashable,
  requireNetwork,
  requireOwnNetwork,
  requirePassword,
  SESSION_TOKEN_PREFIX,
  tellOfNewNetwork,
} from './authentication';
import { presentChallenge } from './present';

/**
 * The attack: a thief sends the owner the link of his own challenge, and she, knowing her password,
 * verifies his address. So the only network that is ever recorded is the one that the proof itself
 * comes from; a challenge of another network stays pending.
 */

/**
 * Re-authenticates a session: records this request's network and replaces the session's token.
 * @returns the token too; the edge decides how it travels
 * @throws invalid_credentials, client_address_unknown, not_found, conflict, too_many_requests
 */
export async function verify(
  actor: CredentialedActor,
  body: { password: string; challengeId?: string | undefined },
): Promise<Verification & { token: string }> {
  const { network } = await requireOwnNetwork(actor.client, actor.user.id);
  const password = requireHashable(body.password, 'password');
  const challenge =
    body.challengeId === undefined ? null : await requireChallenge(body.challengeId);
  if (challenge && challenge.userId !== actor.user.id) throw noChallenge();
  if (challenge) requirePending(challenge);
  const { user } = await requirePassword(actor.user.email, password, actor, actor.session);

  const { token, recorded } = await transaction(async (tx) => {
    await holdCheckedUser(tx, user);
    return reauthenticate(tx, actor, { proof: BY_PASSWORD, network, challengeId: challenge?.id });
  });
  tellOfNewNetwork(recorded, actor.user);
  return presentVerification(
    token,
    recorded.verifiedIp,
    challenge && (await requireChallenge(challenge.id)),
    network,
  );
}

/**
 * What every re-authentication of a session does once its proof is checked: replaces the token, and
 * records the network.
 * @throws unauthenticated when the session ended meanwhile
 */
export async function reauthenticate(
  tx: Db,
  actor: CredentialedActor,
  {
    proof,
    network,
    challengeId,
  }: { proof: Proof; network: string; challengeId?: string | undefined },
): Promise<{ token: string; recorded: Recorded }> {
  const token = successorToken(
    SESSION_TOKEN_PREFIX,
    actor.credential.token,
    actor.session.id,
    env().authSecret,
  );
  const replaced = await replaceToken(tx, {
    sessionId: actor.session.id,
    tokenHash: hashToken(actor.credential.token),
    successorHash: hashToken(token),
    network,
  });
  if (!replaced) throw unauthenticated();
  return {
    token,
    recorded: await recordAuthentication(
      tx,
      { userId: actor.user.id, sessionId: actor.session.id, proof, challengeId },
      actor,
      actor.now,
    ),
  };
}

/**
 * Passes a challenge by password without a session: for the page that a program opened in a browser
 * where nobody is signed in. Nobody is signed in afterwards either.
 * @throws invalid_credentials, client_address_unknown, not_found, conflict, too_many_requests
 */
export async function verifyChallenge(
  id: string,
  body: { password: string },
  origin: Origin,
): Promise<Omit<Verification, 'token'>> {
  const { network } = requireNetwork(origin.client);
  const password = requireHashable(body.password, 'password');
  const challenge = await requireChallenge(id);
  requirePending(challenge);
  // Nobody has its id but whoever has the session, or was shown it by him.
  const session = { id: challenge.sessionId, client: challenge.client };
  const { now, user } = await requirePassword(challenge.user.email, password, origin, session);
  await requireOwnNetwork(origin.client, user.id);
  const recorded = await transaction(async (tx) => {
    await holdCheckedUser(tx, user);
    const who = { userId: user.id, sessionId: null, proof: BY_PASSWORD, challengeId: id };
    return recordAuthentication(tx, who, origin, now);
  });
  tellOfNewNetwork(recorded, challenge.user);
  const { token: _, ...verification } = presentVerification(
    '',
    recorded.verifiedIp,
    await requireChallenge(id),
    network,
  );
  return verification;
}

function presentVerification(
  token: string,
  verifiedIp: VerifiedIp | null,
  challenge: ChallengeWithUser | null,
  network: string,
): Verification & { token: string } {
  if (!verifiedIp) throw new Error('a verification from a known network recorded nothing');
  return {
    token,
    verifiedIp,
    ...(challenge && { challenge: presentChallenge(challenge, network) }),
  };
}

/** The state of a challenge, for a program that waits. Its id is the credential. @throws not_found */
export async function showChallenge(id: string, { client }: Origin): Promise<Challenge> {
  return presentChallenge(await requireChallenge(id), client.network);
}

/** What the prompt page shows. */
export type ChallengePage = Challenge & {
  maskedEmail: string;
  userId: string;
  client: string;
  address: string;
  methods: ('password' | 'sso')[];
  /** The identity providers that know the account. */
  providers: { id: string; name: string }[];
};

/** @returns null when there is no such challenge (any more). */
export async function findChallengePage(
  id: string,
  network: string | null,
): Promise<ChallengePage | null> {
  const row = await findChallenge(database().prisma, id);
  if (!row) return null;
  const providers = await findSsoOfUser(database().prisma, row.userId);
  return {
    ...presentChallenge(row, network),
    maskedEmail: maskEmail(row.user.email),
    userId: row.userId,
    client: row.client,
    address: row.address,
    methods: methodsOf({ hasPassword: row.user.hasPassword, hasSso: providers.length > 0 }),
    providers,
  };
}

export async function requireChallenge(id: string): Promise<ChallengeWithUser> {
  const challenge = await findChallenge(database().prisma, id);
  if (!challenge) throw noChallenge();
  return challenge;
}

function noChallenge(): GatehouseError {
  return new GatehouseError(
    'not_found',
    'There is no such challenge. Repeat the action to get a new one.',
  );
}

/** A challenge is passed once. */
export function requirePending(challenge: ChallengeWithUser): void {
  const shown = presentChallenge(challenge, null);
  const { status } = shown;
  if (status === 'pending') return;
  throw new GatehouseError(
    'conflict',
    status === 'verified'
      ? 'This challenge was passed already. Repeat the action.'
      : 'This challenge has run out. Repeat the action to get a new one.',
    { extra: { challenge: shown } },
  );
}
