'use client';

import { useRouter } from 'next/navigation';
import { EventList } from '@/components/events/event-list';
import { MemberActions } from '@/components/members/member-actions';
import { recentOf } from '@/components/members/member-queries';
import { UnverifiedNetworks } from '@/components/members/unverified-networks';
import type { Viewer } from '@/components/members/viewer';
import { RoleBadge } from '@/components/roles/role-badge';
import { MemberSessions } from '@/components/sessions/sessions';
import { RefreshFailed } from '@/components/shell/refresh-failed';
import { ButtonLink } from '@/components/ui/button';
import { countText } from '@/components/ui/count-text';
import { Facts } from '@/components/ui/facts';
import { PageHeader } from '@/components/ui/page-header';
import { RelativeTime } from '@/components/ui/relative-time';
import { Section } from '@/components/ui/section';
import { Status } from '@/components/ui/status';
import { TextLink } from '@/components/ui/text-link';
import { MemberVerifiedIps } from '@/components/verified-ips/verified-ips';
import type {
  AuditEvent,
  CountedPage,
  Member,
  Page,
  SeenNetworks,
  SessionSummary,
  VerifiedIp,
} from '@/lib/contract/resources';
import { useCall } from '@/lib/react/queries';

/** One member: facts, verified IPs, and what happened lately. */
export function MemberPage({
  teamId,
  viewer,
  initialMember,
  initialIps,
  initialSessions,
  initialUnverified,
  initialEvents,
}: {
  teamId: string;
  viewer: Viewer;
  initialMember: Member;
  initialIps: Page<VerifiedIp>;
  initialSessions: CountedPage<SessionSummary>;
  initialUnverified: SeenNetworks;
  /** The latest. */
  initialEvents: Page<AuditEvent>;
}) {
  const router = useRouter();
  const userId = initialMember.user.id;
  const params = { teamId, userId };
  const query = useCall(
    'GET /teams/{teamId}/members/{userId}',
    { params },
    { initialData: initialMember },
  );
  const member = query.data;
  const recent = useCall(
    'GET /teams/{teamId}/events',
    { params: { teamId }, query: recentOf(userId) },
    { initialData: initialEvents },
  );
  const events = recent.data.data;
  const { user } = member;
  return (
    <>
      <PageHeader
        back={<TextLink href={`/teams/${teamId}/members`}>Members</TextLink>}
        title={user.name}
        actions={
          <MemberActions
            member={member}
            teamId={teamId}
            viewer={viewer}
            onRemoved={() => router.push(`/teams/${teamId}/members`)}
          />
        }
      />
      <RefreshFailed query={query} />
      <div className="mb-8 max-w-xl">
        <Facts
          items={[
            { term: 'Email', value: user.email },
            { term: 'Role', value: <RoleBadge role={member.role} /> },
            { term: 'Last seen', value: <RelativeTime at={member.lastSeenAt} /> },
            {
              term: 'Monitored',
              value:
                member.wouldBeBlocked === 0 ? (
                  <span className="text-muted">
                    Enforcing everything would have asked nothing in the last 30 days
                  </span>
                ) : (
                  <span className="flex flex-wrap items-center gap-x-2.5 gap-y-1">
                    <Status meaning="blocked">{countText(member.wouldBeBlocked, 'prompt')}</Status>
                    <span className="text-muted">
                      if everything had been enforced in the last 30 days
                    </span>
                  </span>
                ),
            },
          ]}
        />
      </div>
      <MemberVerifiedIps
        member={params}
        initial={initialIps}
        ownerName={user.name}
        description={`The networks on which ${user.name} has confirmed who they are. They belong to the person, not to the team: owners and admins of each of their teams see the same.`}
      />
      <UnverifiedNetworks member={params} ownerName={user.name} initial={initialUnverified} />
      <MemberSessions member={params} initial={initialSessions} ownerName={user.name} />
      <Section
        title="Recent activity"
        actions={
          events.length > 0 ? (
            <ButtonLink href={`/teams/${teamId}/activity?userId=${userId}`} size="sm">
              All activity
            </ButtonLink>
          ) : null
        }
      >
        <RefreshFailed query={recent} />
        {events.length === 0 ? (
          <p className="text-muted">
            Nothing yet. Sign-ins, refusals and changes of {user.name} will be listed here.
          </p>
        ) : (
          <EventList teamId={teamId} events={events} label={`Recent activity of ${user.name}`} />
        )}
      </Section>
    </>
  );
}
