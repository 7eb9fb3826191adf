import { AsyncLocalStorage } from 'node:async_hooks';
import { shared } from '@/lib/platform/shared';

/**
 * Carries the client's address from the socket to whoever answers. The attack: a header that says
 * "this is the resolved client" can be sent by any caller; this store can be set by `server.ts` alone.
 * Code that finds nothing in it treats the address as unknown: without `server.ts` the gate is shut.
 */

/** What the store must hold at least; `server.ts` puts in the full answer of `lib/policy/client-address`. */
export type StoredClient = {
  readonly address: string | null;
  readonly network: string | null;
  readonly reason: string | null;
};

/** Why a page was not made now, though nothing is wrong with it: the status that says so, and when to come back. */
export type PutOff = { status: number; retryAfter: string };

type Entry = { client: StoredClient; requestId: string | null; putOff: PutOff | null };

const entries = () => shared('client', () => new AsyncLocalStorage<Entry>());

/**
 * Runs `run`, and everything it starts, for this client.
 *
 * @param requestId the `X-Request-Id` of the answer; null where there is none (a socket's message)
 */
export function runWithClient<T>(
  client: StoredClient,
  run: () => T,
  requestId: string | null = null,
): T {
  return entries().run({ client, requestId, putOff: null }, run);
}

/**
 * Whose request or message is being answered; null outside of any.
 *
 * This folder knows nothing of policy, so the caller names the type:
 * `const client: ClientAddress | null = currentClient()`.
 */
export function currentClient<C extends StoredClient = StoredClient>(): C | null {
  return (entries().getStore()?.client as C | undefined) ?? null;
}

/** Says that the page of the present request is put off; Next knows of 500 alone. */
export function putPageOff(putOff: PutOff): void {
  const entry = entries().getStore();
  if (entry) entry.putOff = putOff;
}

/** Asks, at any later time and place, whether the page of the present request was put off. */
export function watchPutOff(): () => PutOff | null {
  const entry = entries().getStore();
  return () => entry?.putOff ?? null;
}

/** The id that the answer to the present request bears; null outside of any. */
export function currentRequestId(): string | null {
  return entries().getStore()?.requestId ?? null;
}
