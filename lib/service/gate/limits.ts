import { GatehouseError } from '@/lib/contract/errors';
import { type Counter, findWait, type Limit, takePoint } from '@/lib/platform/rate-limit';
import type { Rate } from '@/lib/platform/token-bucket';
import type { TurnLimits } from '@/lib/platform/turns';
import type { ClientAddress } from '@/lib/policy/client-address';
import { widerNetwork } from '@/lib/policy/wider-network';

const MINUTE = 60;
const DAY = 24 * 60 * MINUTE;

/** What is limited. The numbers are the rule; they stand here alone. */
export const LIMITS = {
  /** One account from one network: a person who mistypes is not held up, a list of passwords is. */
  logInAccountNetwork: limit('login-account-network', 10, 5 * MINUTE, 30, 60 * MINUTE),
  /** One account from all networks that it has not verified: a stranger slows strangers, never its owner. */
  logInAccount: limit('login-account', 100, 15 * MINUTE, 60, 15 * MINUTE),
  /** One network, whatever the account. */
  logInNetwork: limit('login-network', 100, 10 * MINUTE, 60, 60 * MINUTE),
  /** Right passwords of one account from one network: each costs as much as a wrong one. */
  rightPassword: limit('right-password', 30, 10 * MINUTE, 60, 10 * MINUTE),
  /** Wrong ones of one session at one network: who has its token is no stranger, and shuts only himself out. */
  proveSessionNetwork: limit('prove-session-network', 10, 10 * MINUTE, 30, 60 * MINUTE),
  /** Of one session at all networks that its user has not verified: nobody tours the Internet with its token. */
  proveSession: limit('prove-session', 60, 10 * MINUTE, 60, 60 * MINUTE),
  setUp: limit('setup', 10, 10 * MINUTE, 60, 60 * MINUTE),
  resetNetwork: limit('reset-network', 20, 60 * MINUTE, 5 * MINUTE, 60 * MINUTE),
  resetAccount: limit('reset-account', 3, 60 * MINUTE, 15 * MINUTE, 60 * MINUTE),
  resetToken: limit('reset-token', 30, 10 * MINUTE, 60, 60 * MINUTE),
  /** Mailed links are opened; a whole company may open them from one address. */
  openLink: limit('open-link', 300, 10 * MINUTE, 60, 60 * MINUTE),
  /** Mail to oneself, whose answer is waited for. */
  testMail: limit('test-mail', 10, 60 * MINUTE, 60, 60 * MINUTE),
  invite: limit('invite', 60, 60 * MINUTE, 60, 60 * MINUTE),
  acceptInvite: limit('accept-invite', 30, 10 * MINUTE, 60, 60 * MINUTE),
  /** A whole company may stand behind one address, and begin its day at once: this and the next two. */
  logInMethods: limit('log-in-methods', 600, 10 * MINUTE, 60, 60 * MINUTE),
  ssoFlow: limit('sso-flow', 600, 10 * MINUTE, 60, 60 * MINUTE),
  /** Our server asks a provider, or reads what it signed: in a flow, and at a log-out. */
  ssoProvider: limit('sso-provider', 1200, 10 * MINUTE, 60, 60 * MINUTE),
  /** SAML responses that were read and refused, as wrong passwords are counted. */
  samlRefused: limit('saml-refused', 100, 10 * MINUTE, 60, 60 * MINUTE),
  /** An account is proven at its first single sign-on. Its password has the limits of a log-in beside. */
  ssoJoin: limit('sso-join', 600, 10 * MINUTE, 60, 60 * MINUTE),
  ssoJoinMail: limit('sso-join-mail', 3, 60 * MINUTE, 15 * MINUTE, 60 * MINUTE),
  /** Our server asks what an owner typed: an address, a domain's record. */
  ssoSetUp: limit('sso-set-up', 60, 10 * MINUTE, 60, 60 * MINUTE),
  /** Sockets of one computer from one network: a program that comes back waits longer each time. */
  hostSocket: limit('host-socket', 60, MINUTE, 60, 60),
  /** What another rule would have meant, of one team: each looks through all that it used. */
  simulate: limit('simulate', 30, MINUTE, 5, MINUTE),
  addFriend: limit('friend', 60, 60 * MINUTE, 60, 60 * MINUTE),
} as const;

/** What somebody is told of by mail: at the last of so many within a time, and once in it. */
export const TOLD = {
  /** Wrong passwords of one session. */
  wrongProofs: limit('told-wrong-proofs', 20, DAY, DAY, DAY),
  /** The right password, where it lets nobody in: by user and network. */
  passwordNotUsed: limit('told-password-not-used', 1, DAY, DAY, DAY),
} as const;

/**
 * What a session may do at one network, in one process. A page with a long list reads a few dozen times at
 * once, a program that polls a few times a second; nothing that is meant comes near these.
 */
export const BUDGETS = {
  read: { burst: 600, perSecond: 60 },
  write: { burst: 200, perSecond: 20 },
  /** A page is made here, and the links on it are looked at before they are followed. */
  page: { burst: 200, perSecond: 20 },
  /** All its sockets together; each has a limit of its own. */
  message: { burst: 600, perSecond: 60 },
} as const satisfies Record<string, Rate>;

export type BudgetOf = keyof typeof BUDGETS;

export const LANES = {
  /** What one session asks for at one network: fewer at once than there are connections to the database. */
  session: { concurrent: 4, waitMs: 5_000, waitingEach: 200, waiting: 200 },
  /** The acts of one user: a queue for each network that he comes from. */
  user: { concurrent: 1, waitMs: 5_000, waitingEach: 5, waiting: 50 },
} as const satisfies Record<string, TurnLimits>;

/** Refusals of one session, network and action in a minute, before it is sent away. */
export const REFUSALS_A_MINUTE = 60;

function limit(
  name: string,
  points: number,
  perSeconds: number,
  firstDelaySeconds: number,
  maxDelaySeconds: number,
): Limit {
  return { name, points, perSeconds, firstDelaySeconds, maxDelaySeconds };
}

/** The key of whoever asks: the resolved network, or the peer where that is unknown. */
export function networkKey(client: ClientAddress): string {
  return client.network ?? `peer ${client.peer}`;
}

/** @throws too_many_requests with `Retry-After` in seconds. */
export async function requirePoint(limit: Limit, key: string): Promise<void> {
  refuseFor(await takePoint(limit, key));
}

/** Refuses while one of the counters has used up its points; takes none. @throws too_many_requests */
export async function requirePointsLeft(counters: Counter[]): Promise<void> {
  refuseFor(await findWait(counters));
}

/** @throws too_many_requests unless there is nothing to wait for */
export function refuseFor(waitSeconds: number): void {
  if (waitSeconds === 0) return;
  throw tooMany(waitSeconds, `Too many attempts. Try again in ${waitSeconds} seconds.`);
}

export function tooMany(waitSeconds: number, detail: string): GatehouseError {
  return new GatehouseError('too_many_requests', detail, {
    headers: { 'Retry-After': String(waitSeconds) },
    extra: { retryAfterSeconds: waitSeconds },
  });
}

/** Counts against the network and, for IPv6, the /48 round it. @throws too_many_requests */
export async function requireNetworkPoint(limit: Limit, client: ClientAddress): Promise<void> {
  for (const counter of networkCounters(limit, client)) {
    await requirePoint(counter.limit, counter.key);
  }
}

/** The network and, for IPv6, the /48 round it: whoever has one /64 often has 65,536. */
export function networkCounters(limit: Limit, client: ClientAddress): Counter[] {
  const counters = [{ limit, key: networkKey(client) }];
  const wider = client.network === null ? null : widerNetwork(client.network);
  if (wider) {
    const wide = { ...limit, name: `${limit.name}-48`, points: limit.points * 4 };
    counters.push({ limit: wide, key: wider });
  }
  return counters;
}
