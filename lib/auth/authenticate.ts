import type { CredentialedActor, Origin } from '@/lib/service/gate/actor';
import { unauthenticated } from '@/lib/service/gate/gate';
import { findSessionFacts } from '@/lib/store/session-facts';
import type { Credential } from './credential';

/**
 * Finds who asks, in one query with all that the gate needs. No, unknown, expired and revoked tokens
 * have one answer; a database that can't be asked is an error of its own, never "logged out".
 * @param computerId the computer that is asked for, to read it in the same query
 * @returns null for all four
 */
export async function findActor(
  credential: Credential | null,
  origin: Origin,
  computerId: string | null = null,
): Promise<CredentialedActor | null> {
  if (!credential) return null;
  const facts = await findSessionFacts(credential.tokenHash, origin.client.network, computerId);
  return facts && { ...facts, ...origin, credential };
}

/** @throws unauthenticated */
export async function requireActor(
  credential: Credential | null,
  origin: Origin,
  computerId: string | null = null,
): Promise<CredentialedActor> {
  const actor = await findActor(credential, origin, computerId);
  if (!actor) throw unauthenticated();
  return actor;
}
