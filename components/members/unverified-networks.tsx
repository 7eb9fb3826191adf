'use client';

import { unverifiedOf } from '@/components/members/member-queries';
import { RefreshFailed } from '@/components/shell/refresh-failed';
import { Address } from '@/components/ui/address';
import { ButtonLink } from '@/components/ui/button';
import { type Column, DataTable } from '@/components/ui/data-table';
import { Section } from '@/components/ui/section';
import { TextLink } from '@/components/ui/text-link';
import { networkHref, shortNetwork } from '@/components/verified-ips/network-text';
import { usageColumns } from '@/components/verified-ips/usage-columns';
import type { ParamsOf } from '@/lib/contract/endpoints';
import type { SeenNetwork, SeenNetworks } from '@/lib/contract/resources';
import { useCall } from '@/lib/react/queries';

const columnsFor = (teamId: string): readonly Column<SeenNetwork>[] => [
  {
    header: 'Network',
    isTitle: true,
    cell: ({ network }) => (
      <TextLink href={networkHref(teamId, network)} className="row-link">
        <Address value={shortNetwork(network)} />
      </TextLink>
    ),
  },
  ...usageColumns,
];

/** Where sessions of a member were used that he has not verified. Nothing where there is none. */
export function UnverifiedNetworks({
  member: { teamId, userId },
  ownerName,
  initial,
}: {
  member: ParamsOf<'GET /teams/{teamId}/members/{userId}'>;
  ownerName: string;
  initial: SeenNetworks;
}) {
  const query = useCall(
    'GET /teams/{teamId}/seen-networks',
    { params: { teamId }, query: unverifiedOf(userId) },
    { initialData: initial },
  );
  const { data, total } = query.data;
  if (total === 0 && query.error === null) return null;
  return (
    <Section
      title="Used, and not verified"
      description={`Where a session of ${ownerName} was used though they never confirmed there who they are. If they know none of these, contain them.`}
      actions={
        <ButtonLink size="sm" href={`/teams/${teamId}/networks?${new URLSearchParams({ userId })}`}>
          All networks
        </ButtonLink>
      }
    >
      <RefreshFailed query={query} />
      <DataTable
        caption={`Networks that ${ownerName} has not verified, the latest first`}
        columns={columnsFor(teamId)}
        rows={data}
        rowKey={({ network }) => network}
      />
    </Section>
  );
}
