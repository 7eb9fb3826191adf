import type { Metadata } from 'next';
import { ChangePassword } from '@/components/account/change-password';
import { OwnTeams } from '@/components/account/own-teams';
import { Sessions } from '@/components/sessions/sessions';
import { PageHeader } from '@/components/ui/page-header';
import { Section } from '@/components/ui/section';
import { OwnVerifiedIps } from '@/components/verified-ips/verified-ips';
import { SHORT_PAGE } from '@/lib/contract/paging';
import { SessionsQuery } from '@/lib/contract/schemas';
import { listInView, type SearchParams } from '@/lib/http/list-view';
import { page, requirePageActor } from '@/lib/http/page';
import { isAskedForProof, showMe } from '@/lib/service/account/me';
import { listSessions } from '@/lib/service/account/sessions';
import { listOwnVerifiedIps } from '@/lib/service/account/verified-ips';
import { findMethods } from '@/lib/service/gate/gate';
import { listOwnSso } from '@/lib/service/sso/providers';

export const metadata: Metadata = { title: 'Account' };

export default page(async function AccountPage({
  searchParams,
}: {
  searchParams: Promise<SearchParams>;
}) {
  const actor = await requirePageActor('/account');
  const search = await searchParams;
  const [me, ips, sessions, sso, methods] = await Promise.all([
    showMe(actor),
    listOwnVerifiedIps(actor, SHORT_PAGE),
    listInView(SessionsQuery, search, (query) => listSessions(actor, { ...query, ...SHORT_PAGE })),
    listOwnSso(actor),
    findMethods(actor.user.id),
  ]);
  const hasPassword = methods.includes('password');
  const { user, teams } = me;
  return (
    <>
      <PageHeader title="Account" description={`${user.name}, ${user.email}`} />
      <OwnVerifiedIps
        initial={ips}
        initialMe={me}
        description={
          <>
            The networks on which you signed in, or confirmed that it is you.{' '}
            {isAskedForProof(actor) ? 'From any other, protected actions ask for that. ' : null}
            {teams.length === 0
              ? 'Only you see them.'
              : `Besides you, the owners and admins of ${namesOf(teams)} see all of them.`}
          </>
        }
      />
      <Sessions {...sessions} />
      {sso.length > 0 ? (
        <Section
          title="Single sign-on"
          description={`You sign in through ${namesOf(sso)}${hasPassword ? ', or with your password' : ''}.`}
        />
      ) : null}
      {hasPassword ? <ChangePassword email={user.email} /> : null}
      <OwnTeams userId={user.id} teams={teams} />
    </>
  );
});

/** "A", "A and B", "A, B and C". */
function namesOf(teams: readonly { name: string }[]): string {
  const names = teams.map(({ name }) => name);
  const last = names.at(-1) ?? '';
  return names.length < 2 ? last : `${names.slice(0, -1).join(', ')} and ${last}`;
}
