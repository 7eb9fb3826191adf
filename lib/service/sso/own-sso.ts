import { database } from '@/lib/platform/postgres/database';
import type { Actor } from '@/lib/service/gate/actor';
import { findSsoOfUser } from '@/lib/store/sso/identities';

/** The enabled identity providers by which the reader is known. */
export function listOwnSso(actor: Actor): Promise<{ id: string; name: string }[]> {
  return findSsoOfUser(database().prisma, actor.user.id);
}
