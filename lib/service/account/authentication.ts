import { GatehouseError, invalidField } from '@/lib/contract/errors';
import type { NewSession, VerifiedIp } from '@/lib/contract/resources';
import { inHashingTurn, verifyPassword } from '@/lib/platform/password-hash';
import { type Db, database, transaction } from '@/lib/platform/postgres/database';
import { type Counter, chargePoint, clearPoints, countPoint } from '@/lib/platform/rate-limit';
import { hashToken, newToken } from '@/lib/platform/token';
import type { ClientAddress } from '@/lib/policy/client-address';
import { parseEmail } from '@/lib/policy/email';
import { isHashable, normalizePassword } from '@/lib/policy/password';
import { DEFAULT_RULE, strictestRule } from '@/lib/policy/rules';
import { trustState } from '@/lib/policy/trust';
import { type Actor, type Origin, requestOrigin } from '@/lib/service/gate/actor';
import { laterApart } from '@/lib/service/gate/later';
import {
  LIMITS,
  networkCounters,
  networkKey,
  requirePointsLeft,
  TOLD,
} from '@/lib/service/gate/limits';
import { doubtSharedMachine } from '@/lib/service/gate/own-machine';
import { partyOf } from '@/lib/service/gate/turns';
import { newNetworkMail, passwordNotUsedMail, wrongProofsMail } from '@/lib/service/mail/mail';
import { mailLater } from '@/lib/service/mail/outgoing-mail';
import { findRulesOfUser } from '@/lib/store/app-rules';
import { writeEvent } from '@/lib/store/audit';
import { noteOtherNetwork, passChallenges } from '@/lib/store/challenges';
import { databaseNow } from '@/lib/store/clock';
import { createSession, endSessionByToken } from '@/lib/store/sessions';
import { writeTallied } from '@/lib/store/tallies';
import { findLogInFacts, type LogInFacts, lockUser, requiresSso } from '@/lib/store/users';
import { recordVerifiedIp } from '@/lib/store/verified-ips';
import { presentVerifiedIp } from './present';

export const SESSION_TOKEN_PREFIX = 'gate_';

/** One answer and one timing for a wrong email, a wrong password and a disabled account. */
function invalidCredentials(): GatehouseError {
  return new GatehouseError('invalid_credentials', 'The email or the password is wrong.');
}

export function ssoRequired(): GatehouseError {
  return new GatehouseError(
    'sso_required',
    'Your team requires single sign-on: sign in through your company, not with a password.',
  );
}

/** @throws invalid_request when a password could not be anybody's. No hash is started for it. */
export function requireHashable(password: string, path: string): string {
  const normal = normalizePassword(password);
  if (isHashable(normal)) return normal;
  throw invalidField(
    path,
    'At most 1,024 bytes, without NUL',
    'The password has over 1,024 bytes or characters that none may have.',
  );
}

/** @throws invalid_request */
export function requireEmail(text: string, path: string): string {
  const email = parseEmail(text);
  if (email !== null) return email;
  throw invalidField(
    path,
    'Not an email address',
    'This is not an email address that can be used here.',
  );
}

/** A live session that is re-authenticated: by itself, or by whoever has the id of its challenge. */
export type ProvenSession = { id: string; client: string };

/** The session of whoever asks, where it is of the account whose password is checked. */
export function sessionOf(actor: Actor | null, account: string): ProvenSession | null {
  return actor?.user.email === account ? actor.session : null;
}

/**
 * Checks a password for an account, for log-in and re-authentication alike. A network that the account
 * trusts is exempt from the account's own limit, so that a stranger's guesses never lock its owner out.
 *
 * Wrong passwords are counted, not people; right ones too, since each costs as much, but far more of them
 * are nobody's attack. All of it happens in the turn to hash, and few have theirs at once, so that a burst
 * of guesses gains nothing.
 * @param account a normalised email address
 * @param session null for a log-in. Else it counts by the session alone: no stranger has that, so no
 * stranger shuts out who travels with it, and a thief who has it shuts nobody out at the log-in
 * @throws invalid_credentials, sso_required, too_many_requests
 */
export async function requirePassword(
  account: string,
  password: string,
  origin: Origin,
  session: ProvenSession | null = null,
): Promise<LogInFacts> {
  const party = partyOf(origin.client, account);
  const { matches, facts } = await inHashingTurn(party, () =>
    checkPassword(account, password, origin.client, session),
  );
  if (matches && facts && !facts.user.requiresSso) return facts;
  if (facts) {
    // Not now: the time of this or the next answer must not tell that there is such an account.
    laterApart('what follows a refused password', () =>
      tellOfRefusal(facts.user, matches ? 'sso_required' : null, origin, session),
    );
  }
  // Told to nobody but who knows the password: else a stranger learns whose team requires what.
  if (matches) throw ssoRequired();
  throw invalidCredentials();
}

/** Writes down that a password was refused, and tells its owner of what he must know. */
async function tellOfRefusal(
  { id: userId, email }: LogInFacts['user'],
  reason: 'sso_required' | null,
  origin: Origin,
  session: ProvenSession | null,
): Promise<void> {
  const { prisma } = database();
  const at = await databaseNow();
  const { client } = origin;
  const eventOrigin = requestOrigin(origin, { sessionId: session?.id ?? null });
  await writeTallied(prisma, eventOrigin, { type: 'session.refused', userId, reason });
  if (reason === 'sso_required') {
    const counter = { limit: TOLD.passwordNotUsed, key: `${userId} ${networkKey(client)}` };
    if ((await countPoint(counter)) > 1) return;
    mailLater(passwordNotUsedMail({ to: email, at, address: client.address }));
  } else if (session) {
    const limit = TOLD.wrongProofs;
    if ((await countPoint({ limit, key: session.id })) !== limit.points) return;
    const told = { program: session.client, count: limit.points };
    mailLater(wrongProofsMail({ to: email, at, address: client.address, ...told }));
  }
}

/**
 * Holds the account as its password was checked, until the transaction ends. The attack: a thief with
 * the old password logs in while its owner changes it, and his session begins after hers ended all.
 * @throws invalid_credentials when the password was changed, or the account disabled, since the check;
 *   sso_required when passwords have ended since
 */
export async function holdCheckedUser(tx: Db, checked: LogInFacts['user']): Promise<void> {
  const user = await lockUser(tx, checked.id);
  if (!user || user.isDisabled || user.passwordHash !== checked.passwordHash) {
    throw invalidCredentials();
  }
  if (await requiresSso(tx, checked)) throw ssoRequired();
}

async function checkPassword(
  account: string,
  password: string,
  client: ClientAddress,
  session: ProvenSession | null,
): Promise<{ matches: boolean; facts: LogInFacts | null }> {
  const facts = await findLogInFacts(database().prisma, account, client.network);
  const isKnownHere =
    facts?.trust != null &&
    trustState(facts.trust, DEFAULT_RULE.trustDays, facts.now) === 'trusted';
  const { here, everywhere, network, right } = session
    ? countersOfSession(session, client)
    : countersOfAccount(account, client);
  const elsewhere = isKnownHere ? [] : [everywhere];
  const wrong = [...network, here, ...elsewhere];
  await requirePointsLeft([...wrong, right]);

  const usable = facts !== null && !facts.user.isDisabled ? facts.user.passwordHash : null;
  const matches = await verifyPassword(usable, password);
  if (matches) await clearPoints(here);
  // With the right password too, nobody tours the Internet: each new network counts.
  for (const counter of matches ? [...elsewhere, right] : wrong) await chargePoint(counter);
  return { matches, facts };
}

/** What a password counts against. */
type PasswordCounters = {
  /** Wrong ones of one and the same here; a right one forgets them. */
  here: Counter;
  /** Of one and the same from all networks that the account has not verified. */
  everywhere: Counter;
  /** Wrong ones of this network, whoever is meant. */
  network: Counter[];
  /** Right ones. */
  right: Counter;
};

function countersOfAccount(account: string, client: ClientAddress): PasswordCounters {
  const key = `${account} ${networkKey(client)}`;
  return {
    here: { limit: LIMITS.logInAccountNetwork, key },
    everywhere: { limit: LIMITS.logInAccount, key: account },
    network: networkCounters(LIMITS.logInNetwork, client),
    right: { limit: LIMITS.rightPassword, key },
  };
}

/** By network too: else a thief with its token shuts out its owner, who has the same session. */
function countersOfSession({ id }: ProvenSession, client: ClientAddress): PasswordCounters {
  const key = `${id} ${networkKey(client)}`;
  return {
    here: { limit: LIMITS.proveSessionNetwork, key },
    everywhere: { limit: LIMITS.proveSession, key: id },
    network: [],
    right: { limit: LIMITS.rightPassword, key },
  };
}

/** By what somebody has shown who they are. */
export type Proof =
  | { method: 'password' }
  | { method: 'sso'; provider: { id: string; name: string } };
export const BY_PASSWORD: Proof = { method: 'password' };

/** What a full authentication left behind. */
export type Recorded = {
  /** Null: the address is unknown, and nothing was recorded. */
  verifiedIp: VerifiedIp | null;
  /** Whether this network was not trusted just before. Not for a user's very first one. */
  isNewNetwork: boolean;
  proof: Proof;
};

/**
 * What a full authentication does, and nothing else may do: records the network it comes from, and
 * passes the challenges that wait for just this. An unknown address is not recorded.
 */
export async function recordAuthentication(
  tx: Db,
  {
    userId,
    sessionId,
    proof,
    challengeId,
  }: {
    userId: string;
    sessionId: string | null;
    proof: Proof;
    /** The challenge that the proof was given for; it stays open where it asks for another network. */
    challengeId?: string | undefined;
  },
  { client: seen, requestId }: Origin,
  now: Date,
): Promise<Recorded> {
  const origin = { client: await doubtSharedMachine(tx, seen, userId), requestId };
  const { address, network } = origin.client;
  if (address === null || network === null) return { verifiedIp: null, isNewNetwork: false, proof };
  const { trustDays } = strictestRule(await findRulesOfUser(tx, userId), 'api.read');
  const { before, isKnown, row } = await recordVerifiedIp(tx, {
    userId,
    network,
    address,
    method: proof.method,
    providerId: proof.method === 'sso' ? proof.provider.id : null,
  });
  await passChallenges(tx, userId, network);
  if (challengeId !== undefined) await noteOtherNetwork(tx, { challengeId, userId, network });
  await writeEvent(tx, requestOrigin(origin, { actorId: userId, sessionId }), {
    type: 'network.verified',
    reason: proof.method,
  });
  const wasTrusted = before !== null && trustState(before, trustDays, now) === 'trusted';
  return {
    // As of the instant that it was recorded at, which is later than when this was asked for.
    verifiedIp: {
      ...presentVerifiedIp(row, { trustDays, now: row.verifiedAt, network }),
      masked: false,
    },
    isNewNetwork: !wasTrusted && isKnown,
    proof,
  };
}

/** Tells a user of a network that has just become trusted; called after the commit. */
export function tellOfNewNetwork(
  { verifiedIp, isNewNetwork, proof }: Recorded,
  user: { email: string },
): void {
  if (!verifiedIp || !isNewNetwork) return;
  const { address, verifiedAt } = verifiedIp;
  const providerName = proof.method === 'sso' ? proof.provider.name : null;
  mailLater(newNetworkMail({ to: user.email, at: new Date(verifiedAt), address, providerName }));
}

export type LogIn = {
  email: string;
  password: string;
  /** What the program calls itself. */
  clientName: string;
  /** The token of the browser's present session, which the new one replaces. */
  replaces?: string | null;
};

/**
 * Logs in by password: a new session with a token of its own.
 * @throws invalid_request, invalid_credentials, too_many_requests
 */
export async function logIn(logIn: LogIn, origin: Origin): Promise<NewSession> {
  const email = requireEmail(logIn.email, 'email');
  const password = requireHashable(logIn.password, 'password');
  const { user } = await requirePassword(email, password, origin);
  const { session, recorded } = await transaction(async (tx) => {
    await holdCheckedUser(tx, user);
    if (logIn.replaces) await endSessionByToken(tx, hashToken(logIn.replaces));
    return startSession(tx, user, BY_PASSWORD, logIn.clientName, origin);
  });
  tellOfNewNetwork(recorded, user);
  return session;
}

/**
 * A new session after a full authentication, in the transaction of whatever else belongs to it. The
 * caller tells the user of a new network once that has committed.
 */
export async function startSession(
  tx: Db,
  user: { id: string; email: string; name: string },
  proof: Proof,
  clientName: string,
  { client, requestId }: Origin,
): Promise<{ session: NewSession; recorded: Recorded }> {
  const origin = { client: await doubtSharedMachine(tx, client, user.id), requestId };
  const token = newToken(SESSION_TOKEN_PREFIX);
  const session = await createSession(tx, {
    userId: user.id,
    tokenHash: hashToken(token),
    client: clientName,
    network: origin.client.network,
    address: origin.client.address,
  });
  await writeEvent(tx, requestOrigin(origin, { actorId: user.id, sessionId: session.id }), {
    type: 'session.started',
    reason: proof.method,
  });
  const who = { userId: user.id, sessionId: session.id, proof };
  const recorded = await recordAuthentication(tx, who, origin, session.now);
  return {
    recorded,
    session: {
      token,
      session: { id: session.id, expiresAt: session.expiresAt.toISOString() },
      user: { id: user.id, email: user.email, name: user.name },
      verifiedIp: recorded.verifiedIp,
    },
  };
}

/**
 * The network that this user is about to verify.
 * @throws client_address_unknown
 */
export async function requireOwnNetwork(client: ClientAddress, userId: string) {
  return requireNetwork(await doubtSharedMachine(database().prisma, client, userId));
}

/** A client address that names a network, for what can't be done without one. @throws client_address_unknown */
export function requireNetwork(client: ClientAddress): { address: string; network: string } {
  const { address, network, reason } = client;
  if (address !== null && network !== null) return { address, network };
  throw new GatehouseError(
    'client_address_unknown',
    'The server can’t establish the address you come from, so nothing can be verified. Tell its operator the reason.',
    { extra: { reason } },
  );
}
