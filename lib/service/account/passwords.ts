import type { z } from 'zod';
import { GatehouseError } from '@/lib/contract/errors';
import type { OpenReset, PasswordChanged } from '@/lib/contract/resources';
import type { ChangePasswordBody, ResetPasswordBody } from '@/lib/contract/schemas';
import { env } from '@/lib/platform/env';
import { hashPassword } from '@/lib/platform/password-hash';
import { database, transaction } from '@/lib/platform/postgres/database';
import { clearPoints } from '@/lib/platform/rate-limit';
import { hashToken, newToken, successorToken } from '@/lib/platform/token';
import { maskEmail } from '@/lib/policy/email';
import {
  actorOrigin,
  type CredentialedActor,
  type Origin,
  requestOrigin,
} from '@/lib/service/gate/actor';
import { unauthenticated } from '@/lib/service/gate/gate';
import { laterApart } from '@/lib/service/gate/later';
import { LIMITS, networkKey, requireNetworkPoint, requirePoint } from '@/lib/service/gate/limits';
import { partyOf } from '@/lib/service/gate/turns';
import { passwordChangedMail, resetMail } from '@/lib/service/mail/mail';
import { mailLater } from '@/lib/service/mail/outgoing-mail';
import { writeEvent } from '@/lib/store/audit';
import { createReset, findOpenReset, takeReset, voidResets } from '@/lib/store/password-resets';
import { endSessions, replaceToken } from '@/lib/store/sessions';
import { forgetIdentitiesOfUser } from '@/lib/store/sso/identities';
import { writeTallied } from '@/lib/store/tallies';
import {
  confirmEmail,
  findResettableUser,
  replacePasswordHash,
  setPasswordHash,
} from '@/lib/store/users';
import { revokeVerifiedIps } from '@/lib/store/verified-ips';
import {
  BY_PASSWORD,
  holdCheckedUser,
  recordAuthentication,
  requireEmail,
  requireHashable,
  requirePassword,
  SESSION_TOKEN_PREFIX,
  tellOfNewNetwork,
} from './authentication';
import { requireGoodPassword } from './set-up';

/**
 * The attack: somebody with a session, a mailbox or a password of yours takes the account over. So a
 * change needs the present password and ends every other session; a reset needs the mailed link, ends
 * all sessions, and verifies no network: the mailbox is not the person at this address.
 */

/**
 * Changes the actor's password. Giving the present one is a full authentication: it records the
 * network and replaces the session's token. That is also why the gate's pass is not held to the end as
 * in other acts: what it rests on is renewed here.
 * @throws invalid_request, invalid_credentials, unauthenticated, too_many_requests
 */
export async function changePassword(
  actor: CredentialedActor,
  body: z.infer<typeof ChangePasswordBody>,
): Promise<PasswordChanged & { token: string }> {
  const { email, id: userId } = actor.user;
  const current = requireHashable(body.currentPassword, 'currentPassword');
  const next = requireGoodPassword(body.newPassword, { email, path: 'newPassword' });
  const { user } = await requirePassword(email, current, actor, actor.session);
  if (user.passwordHash === null) throw new Error('a password was verified that does not exist');
  const checkedHash = user.passwordHash;
  const nextHash = await hashPassword(partyOf(actor.client, email), next);

  const sessionId = actor.session.id;
  const { credential, client } = actor;
  const token = successorToken(SESSION_TOKEN_PREFIX, credential.token, sessionId, env().authSecret);
  const recorded = await transaction(async (tx) => {
    // The user's row first: two changes at once would else wait for each other's session.
    await holdCheckedUser(tx, user);
    if (!(await replacePasswordHash(tx, userId, checkedHash, nextHash))) throw changedMeanwhile();
    const replaced = await replaceToken(tx, {
      sessionId,
      tokenHash: hashToken(credential.token),
      successorHash: hashToken(token),
      network: client.network,
    });
    if (!replaced) throw unauthenticated();
    const { sessions: endedSessions } = await endSessions(tx, userId, { except: sessionId });
    const revoked = await revokeVerifiedIps(tx, userId, { except: client.network });
    // Whoever had the old password may have made a provider know him.
    const forgottenIdentities = await forgetIdentitiesOfUser(tx, userId, 'by-password');
    await voidResets(tx, userId);
    await writeEvent(tx, actorOrigin(actor), {
      type: 'password.changed',
      after: { endedSessions, revokedNetworks: revoked.length, forgottenIdentities },
    });
    return recordAuthentication(tx, { userId, sessionId, proof: BY_PASSWORD }, actor, actor.now);
  });
  mailLater(passwordChangedMail({ to: email, at: actor.now, address: client.address }));
  tellOfNewNetwork(recorded, actor.user);
  return { token, verifiedIp: recorded.verifiedIp };
}

function changedMeanwhile(): GatehouseError {
  return new GatehouseError('conflict', 'The password was changed meanwhile. Start again.');
}

/**
 * Asks for a new password by mail. One answer, and one time, whether or not there is such an account:
 * everything that depends on it happens at another time. Anybody may ask for anybody, so nothing is lost by
 * it: earlier links stay good, and while no more are mailed some of them still work.
 * @throws invalid_request, too_many_requests
 */
export async function requestReset(
  body: { email: string },
  origin: Origin,
): Promise<{ status: 'requested' }> {
  const email = requireEmail(body.email, 'email');
  await requireNetworkPoint(LIMITS.resetNetwork, origin.client);
  // By network too: else a stranger uses the owner's mails up.
  await requirePoint(LIMITS.resetAccount, `${email} ${networkKey(origin.client)}`);
  laterApart('a password reset', () => mailReset(email, origin));
  return { status: 'requested' };
}

async function mailReset(email: string, origin: Origin): Promise<void> {
  const user = await findResettableUser(database().prisma, email);
  if (!user) return;
  const token = newToken('');
  const left = await transaction(async (tx) => {
    const left = await createReset(tx, user.id, hashToken(token));
    const isMailed = left !== null;
    await writeTallied(
      tx,
      requestOrigin(origin),
      {
        type: 'password.reset_requested',
        userId: user.id,
        reason: isMailed ? null : 'too_many_requests',
      },
      { acrossNetworks: !isMailed },
    );
    return left;
  });
  if (left === null) return;
  mailLater(resetMail({ to: user.email, token, isLast: left === 0 }));
}

/**
 * What the page of a mailed link shows. Looking changes nothing: mail scanners open every link.
 * @throws not_found for a dead link; too_many_requests
 */
export async function showReset(token: string, { client }: Origin): Promise<OpenReset> {
  await requireNetworkPoint(LIMITS.openLink, client);
  const reset = await findOpenReset(database().prisma, hashToken(token));
  if (!reset) throw noReset();
  return { maskedEmail: maskEmail(reset.email), expiresAt: reset.expiresAt.toISOString() };
}

/**
 * Sets a new password by a mailed link, once. Whoever had the old one may have verified networks of his
 * own, and made a provider know him: all sessions end, no network is trusted, and each single sign-on has to
 * be joined anew. So the account is confirmed by that. No network is recorded: whoever reads the mail still
 * has to log in.
 * @throws not_found, invalid_request, too_many_requests
 */
export async function resetPassword(
  body: z.infer<typeof ResetPasswordBody>,
  origin: Origin,
): Promise<void> {
  const { client } = origin;
  await requireNetworkPoint(LIMITS.resetToken, client);
  const tokenHash = hashToken(body.token);
  const reset = await findOpenReset(database().prisma, tokenHash);
  if (!reset) throw noReset();
  const { email, userId } = reset;
  const password = requireGoodPassword(body.password, { email, path: 'password' });
  const passwordHash = await hashPassword(partyOf(client, email), password);
  await transaction(async (tx) => {
    if (!(await takeReset(tx, tokenHash))) throw noReset();
    await setPasswordHash(tx, userId, passwordHash);
    await voidResets(tx, userId);
    const { sessions: endedSessions } = await endSessions(tx, userId, 'all');
    const revoked = await revokeVerifiedIps(tx, userId, 'all');
    const forgottenIdentities = await forgetIdentitiesOfUser(tx, userId, 'all');
    await confirmEmail(tx, userId);
    await writeEvent(tx, requestOrigin(origin, { actorId: userId }), {
      type: 'password.reset',
      after: { endedSessions, revokedNetworks: revoked.length, forgottenIdentities },
    });
  });
  // Strangers may have filled it, and the old password they guessed at is gone.
  await clearPoints({ limit: LIMITS.logInAccount, key: email });
  mailLater(passwordChangedMail({ to: email, at: reset.now, address: client.address }));
}

function noReset(): GatehouseError {
  return new GatehouseError(
    'not_found',
    'There is no such link, or it was used or has run out. Ask for a new one.',
  );
}
