'use client';

import { EventList } from '@/components/events/event-list';
import { RefreshFailed } from '@/components/shell/refresh-failed';
import { Card, Section } from '@/components/ui/section';
import { TextLink } from '@/components/ui/text-link';
import type { AuditEvent, Page } from '@/lib/contract/resources';
import { useCall } from '@/lib/react/queries';
import { HISTORY } from './history-query';

/** Who changed the App Rules last, what, and why. */
export function RuleHistory({ teamId, initial }: { teamId: string; initial: Page<AuditEvent> }) {
  const query = useCall(
    'GET /teams/{teamId}/events',
    { params: { teamId }, query: HISTORY },
    { initialData: initial },
  );
  const events = query.data.data;
  return (
    <Section
      title="Last changes"
      actions={
        events.length > 0 ? (
          <TextLink href={`/teams/${teamId}/activity?type=${HISTORY.type}`}>All changes</TextLink>
        ) : null
      }
    >
      <RefreshFailed query={query} />
      {events.length > 0 ? (
        <EventList teamId={teamId} events={events} label="Last changes of App Rules" />
      ) : (
        <Card>
          <p className="text-muted">
            Nobody has changed these rules: they are as every team starts.
          </p>
        </Card>
      )}
    </Section>
  );
}
