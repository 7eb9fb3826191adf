import { notFound } from 'next/navigation';
import { isGatehouseError } from '@/lib/contract/errors';
import { requirePageActor } from '@/lib/http/page';
import { type Actor, requireTeam, type TeamOfActor } from '@/lib/service/gate/actor';

type Permission = Parameters<typeof requireTeam>[2];

/** Who looks at a page of a team; `isRefused`: a member, whose role does not open this page. */
export type PageAccess = { actor: Actor; team: TeamOfActor; isRefused: boolean };

/**
 * Who looks at a page of a team, and whether that is allowed. Signed out: to the log-in. Not in the
 * team: there is no such page.
 * @param page the path below the team, such as `/rules`
 */
export async function pageAccess(
  teamId: string,
  page: string,
  permission: Permission,
): Promise<PageAccess> {
  const actor = await requirePageActor(`/teams/${teamId}${page}`);
  const team = actor.teams.find((candidate) => candidate.id === teamId);
  if (!team) notFound();
  return { actor, team, isRefused: isRefusedBy(() => requireTeam(actor, teamId, permission)) };
}

function isRefusedBy(check: () => unknown): boolean {
  try {
    check();
    return false;
  } catch (error) {
    if (isGatehouseError(error) && error.code === 'forbidden') return true;
    throw error;
  }
}

/** What a page does when what it shows does not exist: 404, as the API answers. */
export async function orNotFound<T>(found: Promise<T>): Promise<T> {
  try {
    return await found;
  } catch (error) {
    if (isGatehouseError(error) && error.code === 'not_found') notFound();
    throw error;
  }
}
