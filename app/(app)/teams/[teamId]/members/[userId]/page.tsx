import type { Metadata } from 'next';
import { MemberPage } from '@/components/members/member-page';
import { RoleRefused } from '@/components/roles/role-refused';
import { SHORT_PAGE } from '@/lib/contract/paging';
import { page } from '@/lib/http/page';
import { listMemberSessions } from '@/lib/service/account/sessions';
import { listMemberVerifiedIps } from '@/lib/service/account/verified-ips';
import { listEvents } from '@/lib/service/team/events';
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

const RECENT_EVENTS = 10;

export default page(async function Page({ params }: Props) {
  const { teamId, userId } = await params;
  const { actor, team, isRefused } = await memberAccess(teamId, userId);
  if (isRefused) {
    return <RoleRefused title="Member" teamName={team.name} needs="owners and admins" />;
  }
  const member = await findMember(actor, teamId, userId);
  const [ips, sessions, events] = await Promise.all([
    orNotFound(listMemberVerifiedIps(actor, teamId, userId, SHORT_PAGE)),
    orNotFound(listMemberSessions(actor, teamId, userId, SHORT_PAGE)),
    listEvents(actor, teamId, { userId, limit: RECENT_EVENTS }),
  ]);
  return (
    <MemberPage
      teamId={teamId}
      viewer={{ userId: actor.user.id, role: team.role }}
      initialMember={member}
      initialIps={ips}
      initialSessions={sessions}
      events={events.data}
    />
  );
});
