import { cache } from 'react';
import type { Member } from '@/lib/contract/resources';
import type { Actor } from '@/lib/service/gate/actor';
import { showMember } from '@/lib/service/team/members';
import { orNotFound } from '../../page-access';

/** The member that a page is about, asked for once by its title and the page; 404 when there is none. */
export const findMember = cache(
  (actor: Actor, teamId: string, userId: string): Promise<Member> =>
    orNotFound(showMember(actor, teamId, userId)),
);
