'use client';

import { Pencil, ShieldMinus } from 'lucide-react';
import { useState } from 'react';
import { NameNetworks, RevokeNetworks } from '@/components/networks/network-acts';
import { type ListView, Pager, useListView } from '@/components/shell/list-view';
import { RefreshFailed } from '@/components/shell/refresh-failed';
import { Button, ButtonLink } from '@/components/ui/button';
import { numberText } from '@/components/ui/count-text';
import { type Column, DataTable } from '@/components/ui/data-table';
import { Facts } from '@/components/ui/facts';
import { PageHeader } from '@/components/ui/page-header';
import { RelativeTime } from '@/components/ui/relative-time';
import { Section } from '@/components/ui/section';
import { TextLink } from '@/components/ui/text-link';
import { NetworkStatus } from '@/components/verified-ips/network-status';
import { shortNetwork } from '@/components/verified-ips/network-text';
import { usageColumns } from '@/components/verified-ips/usage-columns';
import type { NetworkMember, NetworkMembers, SeenNetwork } from '@/lib/contract/resources';
import { useCall } from '@/lib/react/queries';

const columnsFor = (teamId: string): readonly Column<NetworkMember>[] => [
  {
    header: 'Member',
    isTitle: true,
    cell: ({ user }) => (
      <TextLink href={`/teams/${teamId}/members/${user.id}`} className="row-link wrap-anywhere">
        {user.name}
      </TextLink>
    ),
  },
  ...usageColumns,
];

/** One network: who was on it, since when, and how it stands. */
export function NetworkPage({
  teamId,
  view,
  initialNetwork,
  initialMembers,
}: {
  teamId: string;
  view: ListView;
  initialNetwork: SeenNetwork;
  initialMembers: NetworkMembers;
}) {
  const { network: text } = initialNetwork;
  const params = { teamId };
  const found = useCall(
    'GET /teams/{teamId}/seen-networks',
    { params, query: { query: text } },
    { initialData: { ...initialMembers, data: [initialNetwork] } },
  );
  const network = found.data.data.find((row) => row.network === text) ?? initialNetwork;
  const members = useCall(
    'GET /teams/{teamId}/seen-networks/members',
    { params, query: { network: text, ...view } },
    { initialData: initialMembers },
  );
  const list = useListView(`/teams/${teamId}/networks/seen`, { network: text, ...view });
  const [open, setOpen] = useState<'revoke' | 'name' | null>(null);
  const acts = { teamId, networks: [network], onClose: () => setOpen(null) };
  return (
    <>
      <PageHeader
        back={<TextLink href={`/teams/${teamId}/networks`}>Networks</TextLink>}
        title={
          <span className="font-mono" translate="no">
            {shortNetwork(text)}
          </span>
        }
        description={network.name}
        actions={
          <>
            <Button icon={Pencil} onClick={() => setOpen('name')}>
              Name…
            </Button>
            <Button icon={ShieldMinus} onClick={() => setOpen('revoke')}>
              Revoke…
            </Button>
          </>
        }
      />
      <RefreshFailed query={members} />
      <div className="mb-8 max-w-xl">
        <Facts
          items={[
            {
              term: 'State',
              value: <NetworkStatus use={network} trusted={network.trusted} />,
            },
            {
              term: 'First seen',
              value: <RelativeTime at={network.firstSeenAt} never="no longer known" />,
            },
            { term: 'Last used', value: <RelativeTime at={network.lastSeenAt} /> },
            { term: 'Uses, 30 days', value: numberText(network.uses) },
          ]}
        />
      </div>
      <Section
        title="Members on it"
        actions={
          <ButtonLink
            size="sm"
            href={`/teams/${teamId}/activity?${new URLSearchParams({ network: text })}`}
          >
            Its activity
          </ButtonLink>
        }
      >
        <DataTable
          caption="Members on this network, the latest first"
          columns={columnsFor(teamId)}
          rows={members.data.data}
          rowKey={({ user }) => user.id}
        />
        <Pager list={list} page={members.data} noun="member" />
      </Section>
      <NameNetworks {...acts} open={open === 'name'} />
      <RevokeNetworks {...acts} open={open === 'revoke'} />
    </>
  );
}
