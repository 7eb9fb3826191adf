import { hashToken } from '@/lib/platform/token';
import type { CredentialedActor, Origin } from '@/lib/service/gate/actor';
import { unauthenticated } from '@/lib/service/gate/gate';
import { findSessionFacts } from '@/lib/store/session-facts';
import { parseCredential } from './credential';

/**
 * Finds who asks, in one query with all that the gate needs. No, unknown, expired and revoked tokens
 * have one answer; a database that can't be asked is an error of its own, never "logged out".
 * @param computerId the computer that is asked for, to read it in the same query
 * @returns null for all four
 * @throws invalid_request for two credentials
 */
export async function findActor(
  headers: Headers,
  origin: Origin,
  computerId: string | null = null,
): Promise<CredentialedActor | null> {
  const credential = parseCredential(headers);
  if (!credential) return null;
  const facts = await findSessionFacts(
    hashToken(credential.token),
    origin.client.network,
    computerId,
  );
  return facts && { ...facts, ...origin, credential };
}

/** @throws unauthenticated, invalid_request */
export async function requireActor(
  headers: Headers,
  origin: Origin,
  computerId: string | null = null,
): Promise<CredentialedActor> {
  const actor = await findActor(headers, origin, computerId);
  if (!actor) throw unauthenticated();
  return actor;
}
