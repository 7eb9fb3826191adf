import type { Metadata } from 'next';
import { MemberPage } from '@/components/members/member-page';
import { recentOf, unverifiedOf } from '@/components/members/member-queries';
import { RoleRefused } from '@/components/roles/role-refused';
import { SHORT_PAGE } from '@/lib/contract/paging';
import { page } from '@/lib/http/page';
import { listMemberSessions } from '@/lib/service/account/sessions';
import { listMemberVerifiedIps } from '@/lib/service/account/verified-ips';
import { listEvents } from '@/lib/service/team/events';
import { listSeenNetworks } from '@/lib/service/team/seen-networks';
import { orNotFound, pageAccess } from '../../page-access';
import { findMember } from './find-member';

type Props = { params: Promise<{ teamId: string; userId: string }> };

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  const { teamId, userId } = await params;
  const { actor, isRefused } = await memberAccess(teamId, userId);
  if (isRefused) return { title: 'Member' };
  return { title: (await findMember(actor, teamId, userId)).user.name };
}

const memberAccess = (teamId: string, userId: string) =>
  pageAccess(teamId, `/members/${userId}`, 'verified-ips.view');

export default page(async function Page({ params }: Props) {
  const { teamId, userId } = await params;
  const { actor, team, isRefused } = await memberAccess(teamId, userId);
  if (isRefused) {
    return <RoleRefused title="Member" teamName={team.name} needs="owners and admins" />;
  }
  const member = await findMember(actor, teamId, userId);
  const [ips, unverified, sessions, events] = await Promise.all([
    orNotFound(listMemberVerifiedIps(actor, teamId, userId, SHORT_PAGE)),
    listSeenNetworks(actor, teamId, unverifiedOf(userId)),
    orNotFound(listMemberSessions(actor, teamId, userId, SHORT_PAGE)),
    listEvents(actor, teamId, recentOf(userId)),
  ]);
  return (
    <MemberPage
      teamId={teamId}
      viewer={{ userId: actor.user.id, role: team.role }}
      initialMember={member}
      initialIps={ips}
      initialSessions={sessions}
      initialUnverified={unverified}
      initialEvents={events}
    />
  );
});
