import type { z } from 'zod';
import type { NewSession } from '@/lib/contract/resources';
import type { JoinSsoBody, SsoFailure } from '@/lib/contract/sso';
import { env } from '@/lib/platform/env';
import { database, isUniqueViolation, transaction } from '@/lib/platform/postgres/database';
import { hashToken, newToken } from '@/lib/platform/token';
import { maskEmail } from '@/lib/policy/email';
import {
  holdCheckedUser,
  requireHashable,
  requirePassword,
  sessionOf,
  tellOfNewNetwork,
} from '@/lib/service/account/authentication';
import type { Actor, Origin } from '@/lib/service/gate/actor';
import { LIMITS, networkKey, requireNetworkPoint, requirePoint } from '@/lib/service/gate/limits';
import { joinMail, ssoLinkedMail } from '@/lib/service/mail/mail';
import { mailLater } from '@/lib/service/mail/outgoing-mail';
import {
  findHeldSsoFlow,
  type SsoResult,
  type StoredSsoFlow,
  setJoinToken,
  takeHeldSsoFlow,
} from '@/lib/store/sso/flows';
import { findProvider, type StoredProvider } from '@/lib/store/sso/providers';
import { findProvableAccount, type ProvableAccount } from '@/lib/store/users';
import {
  type AccountProof,
  decideAccount,
  joinAccount,
  type Refused,
  refuseAudited,
  requireUser,
  startSsoSession,
} from './accounts';
import { ssoRefused } from './flows';

/**
 * The first single sign-on of somebody who has an account already. The attack: a provider lets somebody
 * set his email, and he sets hers; or he is a guest there under her address. So the answer opens nothing.
 * It is kept for its browser, which has to prove the account itself: by its password, or by a link that is
 * mailed to its address and opened in this very browser. Where single sign-on is required, a password must
 * not go round it: the link is the way then.
 */

type Held = {
  flow: StoredSsoFlow & { result: SsoResult };
  provider: StoredProvider;
  /** The account to be proven. */
  account: ProvableAccount;
};

/** What the browser of this cookie has to prove; null: nothing (any more). */
async function findHeld(browserToken: string | null): Promise<Held | null> {
  const flow = browserToken === null ? null : await findHeldSsoFlow(hashToken(browserToken));
  if (!flow?.result || flow.joinsUserId === null) return null;
  const { prisma } = database();
  const account = await findProvableAccount(prisma, flow.joinsUserId);
  const provider = await findProvider(prisma, flow.providerId, null);
  if (!account || !provider?.enabled) return null;
  return { flow: { ...flow, result: flow.result }, provider, account };
}

/** @throws sso_refused */
async function requireHeld(browserToken: string | null, { client }: Origin): Promise<Held> {
  if (browserToken === null) throw ssoRefused('other_browser');
  const held = await findHeld(browserToken);
  if (!held) throw ssoRefused('expired');
  // By whichever family of the provider the log-in came.
  const own = [held.flow.network, held.flow.resultNetwork];
  if (!own.includes(client.network)) throw ssoRefused('network_changed');
  return held;
}

/** What the page shows on which an account is proven. */
export type JoinPage = {
  maskedEmail: string;
  providerName: string;
  /** Its password proves it. */
  takesPassword: boolean;
  /** Nobody has confirmed its address yet: it loses what it has. */
  losesAll: boolean;
  losesPassword: boolean;
  /** Else whoever runs this server finds the mail in its folder. */
  sendsMail: boolean;
  returnPath: string;
};

/** @returns null where this browser has nothing to prove (any more) */
export async function findJoinPage(browserToken: string | null): Promise<JoinPage | null> {
  const held = await findHeld(browserToken);
  if (!held) return null;
  const { email, hasPassword, requiresSso, isEmailConfirmed, isBreakGlass } = held.account;
  const losesAll = !isEmailConfirmed;
  return {
    maskedEmail: maskEmail(email),
    providerName: held.provider.name,
    takesPassword: hasPassword && !requiresSso,
    losesAll,
    losesPassword: losesAll && hasPassword && !isBreakGlass,
    sendsMail: env().smtpUrl !== null,
    returnPath: held.flow.returnPath,
  };
}

/**
 * Mails the link that proves the account. A later one makes it void.
 * @throws sso_refused, too_many_requests
 */
export async function mailJoinLink(
  browserToken: string | null,
  origin: Origin,
): Promise<{ status: 'requested' }> {
  await requireNetworkPoint(LIMITS.ssoJoin, origin.client);
  const { flow, provider, account } = await requireHeld(browserToken, origin);
  // By network too: else a stranger uses the owner's mails up.
  await requirePoint(LIMITS.ssoJoinMail, `${account.id} ${networkKey(origin.client)}`);
  const token = newToken('');
  if (!(await setJoinToken(flow.id, hashToken(token)))) throw ssoRefused('expired');
  const { address } = origin.client;
  mailLater(joinMail({ to: account.email, providerName: provider.name, token, address }));
  return { status: 'requested' };
}

/**
 * Proves the account and logs in: a new session, the network recorded, and the account known by the
 * provider from now on. A wrong password counts as one at the
 * log-in, or against the account's own session where the browser has that.
 * @param actor who is signed in in that browser
 * @param replaces the token of that session
 * @throws sso_refused, invalid_request, invalid_credentials, sso_required, too_many_requests
 */
export async function joinBySso(
  body: z.infer<typeof JoinSsoBody>,
  {
    browserToken,
    actor,
    replaces,
  }: { browserToken: string | null; actor: Actor | null; replaces: string | null },
  origin: Origin,
): Promise<NewSession> {
  await requireNetworkPoint(LIMITS.ssoJoin, origin.client);
  const { flow, provider, account } = await requireHeld(browserToken, origin);
  const checked =
    'password' in body ? await checkPassword(account.email, body.password, actor, origin) : null;
  const tokenHash = 'token' in body ? hashToken(body.token) : null;
  const taken = await takeHeldSsoFlow(hashToken(browserToken ?? ''), tokenHash);
  if (!taken) throw ssoRefused(tokenHash ? 'link_void' : 'expired');
  const provenBy: AccountProof = tokenHash ? 'mail' : 'password';
  const userId = account.id;
  const refusedAs = (refused: SsoFailure): Refused => ({ refused, userId });
  const work = () =>
    transaction(async (tx) => {
      if (checked) await holdCheckedUser(tx, checked);
      const { decision, facts } = await decideAccount(tx, provider, flow.result);
      if (decision.outcome === 'refuse') return refusedAs(decision.reason);
      if (decision.outcome === 'create' || decision.userId !== userId) {
        return refusedAs('other_account');
      }
      const joined =
        decision.outcome === 'known'
          ? { user: await requireUser(tx, userId), identityId: facts.identityId ?? '', ended: null }
          : await joinAccount(tx, provider, flow.result, { userId, provenBy }, origin);
      return {
        ...joined,
        ...(await startSsoSession(tx, joined, provider, flow.result, replaces, origin)),
      };
    });
  // In two browsers at once: the later one finds what the earlier one has made.
  const done = await work().catch((error) =>
    isUniqueViolation(error) ? work() : Promise.reject(error),
  );
  if ('refused' in done) return refuseAudited(provider, done, origin);
  const { session, recorded, user, ended } = done;
  tellOfNewNetwork(recorded, user);
  mailLater(ssoLinkedMail({ to: user.email, providerName: provider.name, provenBy, ended }));
  return session;
}

async function checkPassword(email: string, text: string, actor: Actor | null, origin: Origin) {
  const password = requireHashable(text, 'password');
  const { user } = await requirePassword(email, password, origin, sessionOf(actor, email));
  return user;
}
