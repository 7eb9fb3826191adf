import { SsoRequirement } from '@/components/providers/sso-requirement';
import { PAGE_ROWS_MAX } from '@/lib/contract/paging';
import type { UserSummary } from '@/lib/contract/resources';
import type { Actor } from '@/lib/service/gate/actor';
import { showSsoRequirement } from '@/lib/service/sso/domains';
import { findMemberBy, listMembers } from '@/lib/service/team/members';

/** For which domains single sign-on is required, with the owners of whom one keeps a password. */
export async function Requirement({
  actor,
  teamId,
  mayChange,
}: {
  actor: Actor;
  teamId: string;
  mayChange: boolean;
}) {
  const [requirement, owners] = await Promise.all([
    showSsoRequirement(teamId),
    listMembers(actor, teamId, { limit: PAGE_ROWS_MAX, role: 'owner' }),
  ]);
  const keeperId = requirement.breakGlassUserId;
  const keeper = keeperId === null ? null : await findMemberBy(teamId, { id: keeperId });
  return (
    <SsoRequirement
      teamId={teamId}
      initial={requirement}
      owners={withKeeper(
        owners.data.map(({ user }) => user),
        keeper,
      )}
      hasMoreOwners={owners.nextCursor !== null}
      readOnly={mayChange ? null : 'Only owners of the team change this.'}
    />
  );
}

/** The owners to choose from, and who was chosen, though he be none any more. */
function withKeeper(owners: UserSummary[], keeper: UserSummary | null): UserSummary[] {
  return keeper === null || owners.some(({ id }) => id === keeper.id)
    ? owners
    : [...owners, keeper];
}
