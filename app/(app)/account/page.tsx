import type { Metadata } from 'next';
import { ChangePassword } from '@/components/change-password';
import { OwnTeams } from '@/components/own-teams';
import { Sessions } from '@/components/sessions';
import { PageHeader } from '@/components/ui/page-header';
import { VerifiedIps } from '@/components/verified-ips';
import { requirePageActor } from '@/lib/http/page';
import { presentMe } from '@/lib/service/me';
import { listSessions } from '@/lib/service/sessions';
import { listOwnVerifiedIps } from '@/lib/service/verified-ips';

export const metadata: Metadata = { title: 'Account' };

export default async function AccountPage() {
  const actor = await requirePageActor('/account');
  const [ips, sessions] = await Promise.all([listOwnVerifiedIps(actor), listSessions(actor)]);
  const { user, teams } = presentMe(actor);
  return (
    <>
      <PageHeader title="Account" description={`${user.name}, ${user.email}`} />
      <VerifiedIps
        path="/me/verified-ips"
        initial={ips}
        ownerName={null}
        description={
          <>
            The networks on which you confirmed your password. From any other, protected actions ask
            for it.{' '}
            {teams.length === 0
              ? 'Only you see them.'
              : `Besides you, the owners and admins of ${namesOf(teams)} see all of them.`}
          </>
        }
      />
      <Sessions initial={sessions} />
      <ChangePassword email={user.email} />
      <OwnTeams userId={user.id} teams={teams} />
    </>
  );
}

/** "A", "A and B", "A, B and C". */
function namesOf(teams: readonly { name: string }[]): string {
  const names = teams.map(({ name }) => name);
  const last = names.at(-1) ?? '';
  return names.length < 2 ? last : `${names.slice(0, -1).join(', ')} and ${last}`;
}
