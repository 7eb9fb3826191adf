import { cookies } from 'next/headers';
import { redirect } from 'next/navigation';
import { TEAM_COOKIE } from '@/lib/contract/preferences';
import { page, pageActor } from '@/lib/http/page';
import { isSetUp } from '@/lib/service/account/set-up';
import { teamToLookAfter } from '@/lib/service/team/overview';

/** Where to begin: who looks after a team, at the one that was looked at last. */
export default page(async function StartPage(): Promise<never> {
  if (!(await isSetUp())) redirect('/setup');
  const actor = await pageActor();
  if (!actor) redirect('/login');
  const team = teamToLookAfter(actor, (await cookies()).get(TEAM_COOKIE)?.value);
  redirect(team ? `/teams/${team.id}` : '/computers');
});
