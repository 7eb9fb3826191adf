import { shared } from '@/lib/platform/shared';
import { TokenBuckets } from '@/lib/platform/token-bucket';
import { Lanes, type Party } from '@/lib/platform/turns';
import type { ClientAddress } from '@/lib/policy/client-address';
import { DEFAULT_RULE } from '@/lib/policy/rules';
import { trustState } from '@/lib/policy/trust';
import { widerNetwork } from '@/lib/policy/wider-network';
import type { Actor } from './actor';
import { BUDGETS, type BudgetOf, LANES, networkKey, refuseFor } from './limits';

/**
 * The attack: a stolen token asks as often as it can, and takes the database from everybody else. So what
 * one session does waits for that session alone, before a connection is taken. All of it counts by network
 * too: else the thief uses up what its owner needs to get rid of him. In this process alone: it costs no
 * question to the database.
 */

/** Where somebody is, wide enough that he can't choose where in it: an IPv6 /48. */
export function placeOf(client: ClientAddress): string {
  return (client.network === null ? null : widerNetwork(client.network)) ?? networkKey(client);
}

/** Who waits for a turn, by network and then by what he names there. */
export function partyOf(client: ClientAddress, key: string): Party {
  return { group: placeOf(client), key };
}

/** A token as it is known to the database, of whatever kind. */
type TokenHash = Uint8Array;

const credentialKey = (tokenHash: TokenHash, client: ClientAddress) =>
  `${Buffer.from(tokenHash).toString('base64url')} ${placeOf(client)}`;

/**
 * Takes one of what a session may do at a network. Before anything is looked up.
 * @throws too_many_requests
 */
export function requireBudget(of: BudgetOf, tokenHash: TokenHash, client: ClientAddress): void {
  const buckets = shared(`budget:${of}`, () => new TokenBuckets(BUDGETS[of]));
  if (!buckets.take(credentialKey(tokenHash, client))) refuseFor(1);
}

/** Does what a session asks for, a few at a time. @throws BusyError */
export function inSessionTurn<T>(
  tokenHash: TokenHash,
  client: ClientAddress,
  work: () => Promise<T>,
): Promise<T> {
  const lanes = shared('session-lanes', () => new Lanes(LANES.session));
  const key = credentialKey(tokenHash, client);
  return lanes.take(key, { group: key, key }, work);
}

/**
 * Does one act of a user after the other: they would wait for each other's locks anyway, and each hold a
 * connection meanwhile. The attack: a stolen token comes from a hundred addresses, and its owner's act,
 * by which she ends it, is crowded out. So a network that she has verified gives way last. @throws BusyError
 */
export function inUserTurn<T>(
  { user, client, trust, now }: Actor,
  work: () => Promise<T>,
): Promise<T> {
  const lanes = shared('user-lanes', () => new Lanes(LANES.user));
  const isSpared = trust !== null && trustState(trust, DEFAULT_RULE.trustDays, now) === 'trusted';
  return lanes.take(user.id, { ...partyOf(client, ''), isSpared }, work);
}
