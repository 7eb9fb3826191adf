import { database } from '@/lib/platform/database';
import { findSsoOfUser } from '@/lib/store/sso-identities';
import type { Actor } from './actor';

/** The enabled identity providers by which the reader is known. */
export function listOwnSso(actor: Actor): Promise<{ id: string; name: string }[]> {
  return findSsoOfUser(database().prisma, actor.user.id);
}
