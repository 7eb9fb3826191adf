import { GatehouseError } from '@/lib/contract/errors';
import { env } from '@/lib/platform/env';
import { hashToken } from '@/lib/platform/token';
import { type Host, requireHost } from '@/lib/service/computers/signalling';
import type { Actor, Origin } from '@/lib/service/gate/actor';
import { unauthenticated } from '@/lib/service/gate/gate';
import { requireBudget } from '@/lib/service/gate/turns';
import { findSocketFacts } from '@/lib/store/session-facts';
import { requireActor } from './authenticate';
import { hasSessionCookie, parseCredential } from './credential';

/** What is remembered of the session that opened a socket; the token itself is not. */
export type SocketSession = { sessionId: string; userId: string; tokenHash: Uint8Array };

/** Who opened a socket. */
export type Holder =
  | { kind: 'client'; session: SocketSession; actor: Actor }
  | { kind: 'host'; host: Host };

const HOST_KEY = /^Bearer (gatehost_[A-Za-z0-9_-]{43})$/i;

/**
 * Finds who opens a socket: a client by its token or cookie, a Team Computer by its key.
 * @param origins every `Origin` header line of the request
 * @throws unauthenticated, cross_site_request, invalid_request, too_many_requests; for a computer
 *   client_address_unknown, network_not_allowed
 */
export async function requireHolder(
  headers: Headers,
  origins: readonly string[],
  origin: Origin,
): Promise<Holder> {
  const hasCookie = hasSessionCookie(headers);
  if (hasCookie && !headers.has('authorization')) requireOwnOrigin(origins);

  const hostKey = HOST_KEY.exec(headers.get('authorization') ?? '')?.[1];
  if (hostKey && !hasCookie)
    return { kind: 'host', host: await requireHost(hashToken(hostKey), origin) };

  const sent = parseCredential(headers);
  if (sent) requireBudget('read', sent.tokenHash, origin.client);
  const { credential, ...actor } = await requireActor(sent, origin);
  const { tokenHash } = credential;
  return {
    kind: 'client',
    session: { sessionId: actor.session.id, userId: actor.user.id, tokenHash },
    actor,
  };
}

/**
 * The attack: a page elsewhere opens a socket, the browser sends the cookie along, and unlike a `fetch`
 * the page may read what comes. So a cookie needs one `Origin`, and that of our own pages.
 * @throws cross_site_request
 */
function requireOwnOrigin(origins: readonly string[]): void {
  const [origin = ''] = origins;
  // Scheme and host have no case (RFC 6454, 4); everything else must be equal.
  if (origins.length === 1 && origin.toLowerCase() === env().appUrl.origin) return;
  throw new GatehouseError(
    'cross_site_request',
    'A socket with a session cookie can be opened by our own pages only.',
  );
}

/**
 * The facts of this moment for a socket that was opened earlier, as every HTTP request loads them.
 * @param computerId the computer that is asked for, to read it in the same query
 * @throws unauthenticated when the session ended, or its token was replaced from another network
 */
export async function refreshActor(
  session: SocketSession,
  origin: Origin,
  computerId: string | null = null,
): Promise<Actor> {
  const { network } = origin.client;
  const facts = await findSocketFacts({ ...session, network }, computerId);
  if (!facts) throw unauthenticated();
  return { ...facts, ...origin };
}
