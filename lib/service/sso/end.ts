import type { NewSession } from '@/lib/contract/resources';
import type { CompletedSsoFlow, SsoFailure, SsoTest } from '@/lib/contract/sso';
import { type Db, isUniqueViolation, transaction } from '@/lib/platform/postgres/database';
import { hashToken } from '@/lib/platform/token';
import { isFreshLogIn } from '@/lib/policy/sso';
import {
  type Recorded,
  recordAuthentication,
  requireNetwork,
  requireOwnNetwork,
  tellOfNewNetwork,
} from '@/lib/service/account/authentication';
import { reauthenticate, requireChallenge } from '@/lib/service/account/verifications';
import { type CredentialedActor, type Origin, requestOrigin } from '@/lib/service/gate/actor';
import { unauthenticated } from '@/lib/service/gate/gate';
import { joinedMail } from '@/lib/service/mail/mail';
import { mailLater } from '@/lib/service/mail/outgoing-mail';
import {
  holdSsoFlow,
  type SsoPurpose,
  type StoredSsoFlow,
  setSessionSso,
  takeSsoFlow,
} from '@/lib/store/sso/flows';
import type { StoredProvider } from '@/lib/store/sso/providers';
import { writeTallied } from '@/lib/store/tallies';
import { lockUser } from '@/lib/store/users';
import {
  type Account,
  createAccount,
  decideAccount,
  type Refused,
  refuseAudited,
  requireUser,
  startSsoSession,
} from './accounts';
import { type Answered, isUnsolicited, requireProvider, ssoRefused } from './flows';

type Completion = { browserToken: string | null; ticket: string };

/**
 * Ends a flow for its browser: once. One that verifies a network must have begun there, and have had its
 * answer there; a log-in may come by both families of a provider in turn, and records the last.
 * @throws sso_refused
 */
async function takeFlow(
  { browserToken, ticket }: Completion,
  purposes: readonly SsoPurpose[],
  { client }: Origin,
): Promise<{ flow: Answered; provider: StoredProvider }> {
  if (browserToken === null) throw ssoRefused('other_browser');
  const flow = await takeSsoFlow(hashToken(browserToken), hashToken(ticket));
  if (!flow?.result || !purposes.includes(flow.purpose)) throw ssoRefused('other_browser');
  const provider = await requireProvider(flow.providerId, flow.purpose);
  const isOneNetwork = flow.network === flow.resultNetwork && flow.network === client.network;
  if (!isOneNetwork && flow.purpose !== 'log_in') throw ssoRefused('network_changed');
  return { flow: { ...flow, result: flow.result }, provider };
}

/**
 * Logs in by a completed flow: a new session, and the network recorded, as with a password. Where the
 * email is that of an account which this subject is not known by, the flow is kept: see joins.ts.
 * @throws sso_refused; `proof_needed` where the flow is kept
 */
export async function logInBySso(
  completion: Completion & { replaces: string | null },
  origin: Origin,
): Promise<NewSession> {
  const { flow, provider } = await takeFlow(completion, ['log_in'], origin);
  const recordedOrigin = isUnsolicited(flow) ? withoutAddress(origin) : origin;
  const { replaces } = completion;
  const work = () =>
    transaction(async (tx) => {
      const found = await resolveAccount(tx, provider, flow, origin);
      if ('refused' in found || 'isHeld' in found) return found;
      const { result } = flow;
      return {
        ...found,
        ...(await startSsoSession(tx, found, provider, result, replaces, recordedOrigin)),
      };
    });
  // Two first log-ins of one subject at once: the later one finds what the earlier one has made.
  const done = await work().catch((error) =>
    isUniqueViolation(error) ? work() : Promise.reject(error),
  );
  if ('refused' in done) return refuseAudited(provider, done, origin);
  if ('isHeld' in done) throw ssoRefused('proof_needed');
  const { session, recorded, user, isNew } = done;
  tellOfNewNetwork(recorded, user);
  if (isNew) {
    const { address } = origin.client;
    mailLater(joinedMail({ to: user.email, through: provider.name, at: flow.now, address }));
  }
  return session;
}

/** So that nothing is recorded. */
function withoutAddress(origin: Origin): Origin {
  return { ...origin, client: { ...origin.client, address: null, network: null } };
}

/** Finds or makes the account of a subject, or keeps the flow until its browser has proven one. */
async function resolveAccount(
  tx: Db,
  provider: StoredProvider,
  flow: Answered,
  origin: Origin,
): Promise<(Account & { isNew: boolean }) | { isHeld: true } | Refused> {
  const { facts, decision } = await decideAccount(tx, provider, flow.result);
  switch (decision.outcome) {
    case 'refuse':
      return { refused: decision.reason, userId: facts.linked?.userId ?? null };
    case 'known': {
      const user = await requireUser(tx, decision.userId);
      return { user, identityId: facts.identityId ?? '', isNew: false };
    }
    case 'create': {
      const who = { email: facts.email ?? '', role: decision.role };
      return {
        ...(await createAccount(tx, provider, flow.result, who, origin)),
        isNew: true,
      };
    }
    case 'join': {
      const { userId } = decision;
      // Whoever planted the answer here waits for her to prove her account for him.
      if (isUnsolicited(flow)) return { refused: 'begin_here', userId };
      await holdSsoFlow(tx, flow.id, userId);
      await writeTallied(tx, requestOrigin(origin), {
        type: 'sso.proof_asked',
        teamId: provider.teamId,
        userId,
        after: { connectionId: provider.id, name: provider.name },
      });
      return { isHeld: true };
    }
  }
}

/**
 * Ends a flow that does not log in: re-authenticates its session or passes its challenge, or shows what a
 * test has found.
 * @param actor who is signed in to the browser, if anybody
 * @returns the session's new token too, where it has one
 * @throws sso_refused, unauthenticated
 */
export async function completeSsoFlow(
  completion: Completion,
  actor: CredentialedActor | null,
  origin: Origin,
): Promise<{ completed: CompletedSsoFlow; token: string | null }> {
  const { flow, provider } = await takeFlow(completion, ['verify', 'test'], origin);
  const isOwn = flow.sessionId !== null;
  if (isOwn && actor?.session.id !== flow.sessionId) throw unauthenticated();
  if (flow.purpose === 'test') {
    const test = await transaction((tx) => testOf(tx, provider, flow));
    return { completed: { purpose: 'test', connectionId: provider.id, test }, token: null };
  }
  const { network } = await (flow.userId
    ? requireOwnNetwork(origin.client, flow.userId)
    : requireNetwork(origin.client));
  const refusedAs = (refused: SsoFailure): Refused => ({ refused, userId: flow.userId });
  if (!isFresh(flow) && !provider.acceptsStaleLogIn) {
    return refuseAudited(provider, refusedAs('not_fresh'), origin);
  }
  const done = await transaction(async (tx) => {
    const { facts, decision } = await decideAccount(tx, provider, flow.result);
    if (facts.linked?.userId !== flow.userId) return refusedAs('other_account');
    if (decision.outcome === 'refuse') return refusedAs(decision.reason);
    if (decision.outcome !== 'known') return refusedAs('other_account');
    const locked = await lockUser(tx, decision.userId);
    if (!locked || locked.isDisabled) return refusedAs('account_disabled');
    const user = await requireUser(tx, decision.userId);
    const proof = { method: 'sso', provider } as const;
    const challengeId = flow.challengeId ?? undefined;
    if (isOwn && actor) {
      // It rests on this provider's word from now on, and ends with it.
      const { identityId } = facts;
      if (identityId)
        await setSessionSso(tx, actor.session.id, identityId, flow.result.sessionIndex);
      return { ...(await reauthenticate(tx, actor, { proof, network, challengeId })), user };
    }
    const who = { userId: user.id, sessionId: null, proof, challengeId };
    const recorded = await recordAuthentication(tx, who, origin, flow.now);
    return { recorded, token: null, user };
  });
  if ('refused' in done) return refuseAudited(provider, done, origin);
  const { recorded, token, user } = done;
  tellOfNewNetwork(recorded, user);
  return { completed: await presentVerified(recorded, flow), token };
}

async function presentVerified(
  { verifiedIp }: Recorded,
  { challengeId }: StoredSsoFlow,
): Promise<CompletedSsoFlow> {
  if (!verifiedIp) throw new Error('a verification from a known network recorded nothing');
  const challenge = challengeId === null ? null : await requireChallenge(challengeId);
  return { purpose: 'verify', verifiedIp, action: challenge?.action ?? null };
}

function isFresh(flow: Answered): boolean {
  const { authenticatedAt } = flow.result;
  return isFreshLogIn(authenticatedAt === null ? null : new Date(authenticatedAt), {
    startedAt: flow.createdAt,
    now: flow.now,
  });
}

/** What a log-in with this answer would have done. Nothing is stored. */
async function testOf(tx: Db, provider: StoredProvider, flow: Answered): Promise<SsoTest> {
  const { facts, decision } = await decideAccount(tx, provider, flow.result);
  return {
    claims: flow.result.claims,
    subject: flow.result.subject,
    email: facts.email,
    outcome: decision.outcome === 'refuse' ? decision.reason : decision.outcome,
    isFresh: isFresh(flow),
  };
}
