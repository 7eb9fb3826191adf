import type { SsoFailure } from '@/lib/contract/sso';
import { type Db, database } from '@/lib/platform/postgres/database';
import { hashToken } from '@/lib/platform/token';
import { parseClaimedEmail } from '@/lib/policy/email';
import type { Role } from '@/lib/policy/roles';
import { decideSso, domainOf } from '@/lib/policy/sso';
import { trimUnseen, withoutUnseen } from '@/lib/policy/visible-text';
import { startSession } from '@/lib/service/account/authentication';
import { type Origin, requestOrigin } from '@/lib/service/gate/actor';
import { writeEvent } from '@/lib/store/audit';
import { addMember } from '@/lib/store/members';
import { endSessionByToken, endSessions } from '@/lib/store/sessions';
import { type SsoResult, setSessionSso } from '@/lib/store/sso/flows';
import {
  createSsoUser,
  findSsoFacts,
  forgetIdentitiesOfUser,
  linkSsoIdentity,
  takeInvitesOf,
} from '@/lib/store/sso/identities';
import { holdProvider, type StoredProvider } from '@/lib/store/sso/providers';
import { writeTallied } from '@/lib/store/tallies';
import {
  confirmEmail,
  findUserSummaries,
  lockEmailConfirmed,
  removePassword,
} from '@/lib/store/users';
import { revokeVerifiedIps } from '@/lib/store/verified-ips';
import { ssoRefused } from './flows';

/** Whose account a provider's answer is, and how one becomes known by it. */

export type Person = { id: string; email: string; name: string };

/** An account and what a provider knows it by. */
export type Account = { user: Person; identityId: string };

/** Why nothing was done, and whose account it would have been. */
export type Refused = { refused: SsoFailure; userId: string | null };

/** @throws sso_refused, after it was written down for the team's admins */
export async function refuseAudited(
  provider: StoredProvider,
  { refused, userId }: Refused,
  origin: Origin,
): Promise<never> {
  await writeTallied(database().prisma, requestOrigin(origin), {
    type: 'sso.refused',
    teamId: provider.teamId,
    userId,
    reason: refused,
    after: { connectionId: provider.id, name: provider.name },
  });
  throw ssoRefused(refused);
}

/**
 * What an answer leads to, with the identity, the account and the provider locked until the transaction ends.
 * @throws sso_refused when the provider was changed since it was read
 */
export async function decideAccount(tx: Db, provider: StoredProvider, result: SsoResult) {
  const email = result.email === null ? null : parseClaimedEmail(result.email);
  const facts = await findSsoFacts(tx, provider, {
    subject: result.subject,
    email,
    emailVerified: result.emailVerified,
    domain: email === null ? '' : domainOf(email),
  });
  // After the account, as whoever changes a provider has his own first.
  if (!(await holdProvider(tx, provider))) throw ssoRefused('expired');
  return { facts, decision: decideSso(facts) };
}

/** @throws sso_refused */
export async function requireUser(tx: Db, id: string): Promise<Person> {
  const [user] = await findUserSummaries(tx, [id]);
  if (!user) throw ssoRefused('no_account');
  return user;
}

/** Makes the account of somebody new, as a member of the provider's team. */
export async function createAccount(
  tx: Db,
  provider: StoredProvider,
  result: SsoResult,
  { email, role }: { email: string; role: Role },
  origin: Origin,
): Promise<Account> {
  // Nobody here has typed it, so that it is put right and not refused.
  const seen = withoutUnseen((result.name ?? '').toWellFormed().replace(/\p{Cc}/gu, ' '));
  const shown = trimUnseen([...seen].slice(0, 80).join(''));
  const user = await createSsoUser(tx, { email, name: shown || email });
  // Believed is not verified: whoever reads the mail of this address may still come, and prove it.
  if (result.emailVerified === true) await confirmEmail(tx, user.id);
  await addMember(tx, provider.teamId, user.id, role);
  await takeInvitesOf(tx, provider.teamId, email);
  await writeEvent(tx, requestOrigin(origin, { actorId: user.id }), {
    type: 'member.joined',
    teamId: provider.teamId,
    reason: 'sso',
    after: { role },
  });
  return link(tx, provider, result, user, { isNew: true }, origin);
}

/** By what a browser has shown that an account is its user's. */
export type AccountProof = 'password' | 'mail';

/** What an account lost when it became known by a provider; null: nothing. */
export type Ended = {
  endedSessions: number;
  revokedNetworks: number;
  forgottenIdentities: number;
  isPasswordRemoved: boolean;
};

/**
 * Makes an account that was there before known by a provider's subject, once its browser has proven it.
 * The attack: somebody has made the account in another one's name, by an invitation whose token he saw. So
 * one whose address nobody has confirmed keeps nothing of what its maker may have.
 */
export async function joinAccount(
  tx: Db,
  provider: StoredProvider,
  result: SsoResult,
  { userId, provenBy }: { userId: string; provenBy: AccountProof },
  origin: Origin,
): Promise<Account & { ended: Ended | null }> {
  const user = await requireUser(tx, userId);
  const ended = (await lockEmailConfirmed(tx, userId)) ? null : await endAllOf(tx, userId);
  if (provenBy === 'mail' || result.emailVerified === true) await confirmEmail(tx, userId);
  const told = { isNew: false, provenBy, ...ended };
  return { ...(await link(tx, provider, result, user, told, origin)), ended };
}

async function endAllOf(tx: Db, userId: string): Promise<Ended> {
  const { sessions: endedSessions } = await endSessions(tx, userId, 'all');
  const revoked = await revokeVerifiedIps(tx, userId, 'all');
  return {
    endedSessions,
    revokedNetworks: revoked.length,
    forgottenIdentities: await forgetIdentitiesOfUser(tx, userId, 'all'),
    isPasswordRemoved: await removePassword(tx, userId),
  };
}

async function link(
  tx: Db,
  provider: StoredProvider,
  { subject }: SsoResult,
  user: Person,
  told: { isNew: boolean; provenBy?: AccountProof },
  origin: Origin,
): Promise<Account> {
  const { id: providerId, name, teamId } = provider;
  const identityId = await linkSsoIdentity(tx, {
    providerId,
    subject,
    userId: user.id,
    isByPassword: told.provenBy === 'password',
  });
  await writeEvent(tx, requestOrigin(origin, { actorId: user.id }), {
    type: 'sso.linked',
    teamId,
    after: { connectionId: providerId, name, ...told },
  });
  return { user, identityId };
}

/**
 * The session of a browser whose user a provider knows, and its network recorded.
 * @param replaces the token of the session that the browser has now
 */
export async function startSsoSession(
  tx: Db,
  { user, identityId }: Account,
  provider: StoredProvider,
  { sessionIndex }: SsoResult,
  replaces: string | null,
  origin: Origin,
) {
  if (replaces) await endSessionByToken(tx, hashToken(replaces));
  const proof = { method: 'sso', provider } as const;
  const started = await startSession(tx, user, proof, 'Browser', origin);
  await setSessionSso(tx, started.session.session.id, identityId, sessionIndex);
  return started;
}
