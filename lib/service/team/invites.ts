import type { z } from 'zod';
import { GatehouseError } from '@/lib/contract/errors';
import { FIRST_PAGE, type Paging } from '@/lib/contract/paging';
import type { Invite, NewInvite, NewSession, OpenInvite, Page } from '@/lib/contract/resources';
import type { AcceptInviteBody, InviteBody } from '@/lib/contract/schemas';
import { env } from '@/lib/platform/env';
import { hashPassword } from '@/lib/platform/password-hash';
import {
  type Db,
  database,
  isUniqueViolation,
  transaction,
} from '@/lib/platform/postgres/database';
import { hashToken, newToken } from '@/lib/platform/token';
import { canAssignRole, type Role } from '@/lib/policy/roles';
import {
  BY_PASSWORD,
  holdCheckedUser,
  requireEmail,
  requireHashable,
  requirePassword,
  sessionOf,
  ssoRequired,
  startSession,
  tellOfNewNetwork,
} from '@/lib/service/account/authentication';
import { requireGoodPassword } from '@/lib/service/account/set-up';
import { act } from '@/lib/service/gate/act';
import { type Actor, type Origin, requestOrigin, type TeamOfActor } from '@/lib/service/gate/actor';
import { type GatePass, requireFresh } from '@/lib/service/gate/gate';
import { LIMITS, requireNetworkPoint, requirePoint } from '@/lib/service/gate/limits';
import { partyOf } from '@/lib/service/gate/turns';
import { inviteMail, inviteUrl, joinedMail } from '@/lib/service/mail/mail';
import { mailLater } from '@/lib/service/mail/outgoing-mail';
import { byTime, pageOf } from '@/lib/service/paging';
import { writeEvent } from '@/lib/store/audit';
import {
  createInvite,
  findOpenInvite,
  findOpenInvites,
  revokeInvite as revoke,
  type StoredInvite,
  type TakenInvite,
  takeInvite,
} from '@/lib/store/invites';
import { addMember, findMembership, hasMemberWithEmail } from '@/lib/store/members';
import { lockTeam } from '@/lib/store/teams';
import { confirmEmail, createUser, findLogInFacts, requiresSso } from '@/lib/store/users';

/** The invitations that can still be accepted, the latest first. @throws invalid_request */
export function listInvites(teamId: string, paging: Paging = FIRST_PAGE): Promise<Page<Invite>> {
  return pageOf(
    {
      name: `invites ${teamId}`,
      sortKey: 'time',
      find: (slice) => findOpenInvites(database().prisma, teamId, slice),
      positionOf: (row) => byTime(row.createdAt, row.id),
      present: presentInvite,
    },
    paging,
  );
}

/**
 * Invites somebody by mail; an earlier invitation of the same address is void then. Whoever may manage
 * others by it is a security setting. The attack: an admin accepts his own invitation of somebody else's
 * address. So where mail goes out the mailbox alone gets the token; else it is shown this once, and the
 * account that it makes counts as unconfirmed.
 * @throws forbidden, reauthentication_required, invalid_request, conflict for a member, too_many_requests
 */
export async function invite(
  actor: Actor,
  pass: GatePass,
  team: TeamOfActor,
  body: z.infer<typeof InviteBody>,
): Promise<NewInvite> {
  requireAssignable(team.role, body.role);
  if (body.role !== 'member') await requireFresh(actor);
  const email = requireEmail(body.email, 'email');
  await requirePoint(LIMITS.invite, actor.user.id);
  const token = newToken('');
  const isShown = env().smtpUrl === null;
  const row = await act(actor, pass, async (tx, audit, role) => {
    requireAssignable(role, body.role);
    if (await hasMemberWithEmail(tx, team.id, email)) {
      throw new GatehouseError('conflict', 'Somebody with this email is in the team already.');
    }
    const created = await createInvite(tx, {
      teamId: team.id,
      email,
      role: body.role,
      tokenHash: hashToken(token),
      invitedBy: actor.user.id,
      wasShown: isShown,
    });
    await audit({
      type: 'member.invited',
      teamId: team.id,
      after: { inviteId: created.id, email, role: body.role },
    });
    return created;
  });
  mailLater(
    inviteMail({
      to: email,
      teamName: team.name,
      invitedBy: actor.user.name,
      role: body.role,
      token,
    }),
  );
  return { invite: presentInvite(row), ...(isShown && { token, url: inviteUrl(token) }) };
}

/** @throws forbidden */
function requireAssignable(actor: Role | null, role: Role): void {
  if (actor !== null && canAssignRole(actor, null, role)) return;
  throw new GatehouseError('forbidden', 'Your role does not allow you to give this role.');
}

/** @throws not_found */
export async function revokeInvite(
  actor: Actor,
  pass: GatePass,
  teamId: string,
  id: string,
): Promise<void> {
  await act(actor, pass, async (tx, audit) => {
    const revoked = await revoke(tx, teamId, id);
    if (!revoked) throw noInvite();
    await audit({ type: 'invite.revoked', teamId, before: { inviteId: id, email: revoked.email } });
  });
}

/**
 * What the page of an invitation shows. Looking changes nothing: mail scanners open every link.
 * @throws not_found when it can't be accepted (any more); too_many_requests
 */
export async function showInvite(token: string, { client }: Origin): Promise<OpenInvite> {
  await requireNetworkPoint(LIMITS.openLink, client);
  const { prisma } = database();
  const row = await findOpenInvite(prisma, hashToken(token));
  if (!row) throw noInvite();
  return {
    teamName: row.teamName,
    invitedBy: row.invitedByName,
    email: row.email,
    role: row.role,
    expiresAt: row.expiresAt.toISOString(),
    hasAccount: (await findLogInFacts(prisma, row.email, null)) !== null,
  };
}

/**
 * Accepts an invitation, once: with a new account, or, where the address has one, with its password.
 * Either is a full authentication, and is mailed to the address. A new account counts as confirmed where
 * only the mailbox had the token; one that was there before stays what it is. Where the team requires single
 * sign-on, that is how to come in.
 * @param actor who is signed in where it is accepted
 * @throws not_found, invalid_request, invalid_credentials, sso_required, conflict, too_many_requests
 */
export async function acceptInvite(
  body: z.infer<typeof AcceptInviteBody>,
  actor: Actor | null,
  origin: Origin,
): Promise<NewSession> {
  await requireNetworkPoint(LIMITS.acceptInvite, origin.client);
  const tokenHash = hashToken(body.token);
  const { prisma } = database();
  const found = await findOpenInvite(prisma, tokenHash);
  if (!found) throw noInvite();
  const facts = await findLogInFacts(prisma, found.email, origin.client.network);
  const findUser = facts
    ? await asKnownUser(found.email, body, actor, origin)
    : await asNewUser(found.email, body, origin);
  const { session, recorded, user } = await transaction(async (tx) => {
    const taken = await takeInvite(tx, tokenHash);
    if (!taken) throw noInvite();
    const user = await findUser(tx, taken);
    await join(tx, taken, user, origin);
    if (await requiresSso(tx, user)) throw ssoRequired();
    return { user, ...(await startSession(tx, user, BY_PASSWORD, 'Invitation', origin)) };
  }).catch((error: unknown) => {
    if (!isUniqueViolation(error)) throw error;
    throw new GatehouseError(
      'conflict',
      'An account with this email was made meanwhile. Try again.',
    );
  });
  tellOfNewNetwork(recorded, user);
  const { teamName: through, now: at } = found;
  const { address } = origin.client;
  mailLater(joinedMail({ to: user.email, through, isInvited: true, at, address }));
  return session;
}

type NewMember = { id: string; email: string; name: string };

async function asKnownUser(
  email: string,
  body: { password: string },
  actor: Actor | null,
  origin: Origin,
): Promise<(tx: Db) => Promise<NewMember>> {
  const password = requireHashable(body.password, 'password');
  const { user } = await requirePassword(email, password, origin, sessionOf(actor, email));
  return async (tx) => {
    await holdCheckedUser(tx, user);
    return user;
  };
}

async function asNewUser(
  email: string,
  body: { name: string; password: string },
  { client }: Origin,
): Promise<(tx: Db, taken: TakenInvite) => Promise<NewMember>> {
  const password = requireGoodPassword(body.password, { email, path: 'password' });
  const passwordHash = await hashPassword(partyOf(client, email), password);
  return async (tx, { wasShown }) => {
    const user = await createUser(tx, { email, name: body.name, passwordHash });
    if (!wasShown) await confirmEmail(tx, user.id);
    return user;
  };
}

async function join(
  tx: Db,
  taken: { id: string; teamId: string; role: Role },
  user: NewMember,
  origin: Origin,
): Promise<void> {
  await lockTeam(tx, taken.teamId);
  // Who came in by another way meanwhile keeps the role he has.
  if (await findMembership(tx, taken.teamId, user.id)) return;
  await addMember(tx, taken.teamId, user.id, taken.role);
  await writeEvent(tx, requestOrigin(origin, { actorId: user.id }), {
    type: 'member.joined',
    teamId: taken.teamId,
    after: { inviteId: taken.id, role: taken.role },
  });
}

function noInvite(): GatehouseError {
  return new GatehouseError(
    'not_found',
    'There is no such invitation, or it was used, withdrawn or has run out. Ask for a new one.',
  );
}

function presentInvite({ id, email, role, createdAt, expiresAt }: StoredInvite): Invite {
  return {
    id,
    email,
    role,
    createdAt: createdAt.toISOString(),
    expiresAt: expiresAt.toISOString(),
  };
}
