'use client';

import { useExport } from '@/components/activity/export-events';
import { RemoveFilter, SaveFilter } from '@/components/activity/save-filter';
import { PageHeader } from '@/components/ui/page-header';
import type { BodyOf, QueryOf } from '@/lib/contract/endpoints';

/** The head of the activity, and what can be done with all that is filtered. */
export function ActivityHead({
  teamId,
  path,
  query,
  saves,
  leavesTimeOut,
  savedId,
  isWhole,
}: {
  teamId: string;
  /** The page. */
  path: string;
  /** The filter; null: it says what nobody knows, and all is not what was meant. */
  query: Omit<QueryOf<'GET /teams/{teamId}/events/export'>, 'format'> | null;
  /** What of it is kept under a name. */
  saves: BodyOf<'POST /teams/{teamId}/event-filters'>['query'];
  leavesTimeOut: boolean;
  /** The filter has a name already. */
  savedId: string | null;
  /** There is nothing to save. */
  isWhole: boolean;
}) {
  const { actions, status } = useExport(teamId, query ?? {});
  return (
    <>
      <PageHeader
        title="Activity"
        description="What happened in the team and to its members’ accounts, latest first. Nobody can change what stands here."
        actions={
          <>
            {savedId !== null ? <RemoveFilter teamId={teamId} path={path} id={savedId} /> : null}
            {savedId === null && !isWhole ? (
              <SaveFilter teamId={teamId} path={path} query={saves} leavesTimeOut={leavesTimeOut} />
            ) : null}
            {query ? actions : null}
          </>
        }
      />
      {status}
    </>
  );
}
