import { cookies } from 'next/headers';
import { redirect } from 'next/navigation';
import { TEAM_COOKIE } from '@/lib/contract/preferences';
import { page, pageActor } from '@/lib/http/page';
import { hasPermission } from '@/lib/policy/roles';
import { isSetUp } from '@/lib/service/account/set-up';

/** Where to begin: who looks after a team, at the one that was looked at last. */
export default page(async function StartPage(): Promise<never> {
  if (!(await isSetUp())) redirect('/setup');
  const actor = await pageActor();
  if (!actor) redirect('/login');
  const lastTeamId = (await cookies()).get(TEAM_COOKIE)?.value;
  const teams = actor.teams.filter(({ role }) => hasPermission(role, 'impact.view'));
  const team = teams.find(({ id }) => id === lastTeamId) ?? teams[0];
  redirect(team ? `/teams/${team.id}` : '/computers');
});
