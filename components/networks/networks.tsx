'use client';

import { Network, Pencil, SearchX, ShieldMinus } from 'lucide-react';
import { useState } from 'react';
import { HiddenNetworks } from '@/components/gate/hidden-networks';
import { NameNetworks, RevokeNetworks } from '@/components/networks/network-acts';
import { NetworksTable } from '@/components/networks/networks-table';
import {
  exportHref,
  ListSearch,
  type ListView,
  Pager,
  useListView,
} from '@/components/shell/list-view';
import { RefreshFailed } from '@/components/shell/refresh-failed';
import { SelectionBar, useSelection } from '@/components/shell/selection';
import { Button } from '@/components/ui/button';
import { EmptyState } from '@/components/ui/empty-state';
import { PageHeader } from '@/components/ui/page-header';
import { TextLink } from '@/components/ui/text-link';
import { shortNetwork } from '@/components/verified-ips/network-text';
import type { SeenNetworks, UserSummary } from '@/lib/contract/resources';
import { useCall } from '@/lib/react/queries';

const filters = [
  {
    name: 'state',
    label: 'State',
    options: [
      { value: '', label: 'State: any' },
      { value: 'trusted', label: 'Trusted' },
      { value: 'refused', label: 'Refused' },
      { value: 'ended', label: 'Ended' },
      { value: 'never_verified', label: 'Never verified' },
    ],
  },
];

const LATEST_FIRST = '-lastSeenAt';

/** Every network that members of a team have verified or were seen on. */
export function Networks({
  teamId,
  view,
  member,
  initial,
}: {
  teamId: string;
  /** What the page's address asks for. */
  view: ListView;
  /** Whose alone, as the address says. */
  member: UserSummary | null;
  initial: SeenNetworks;
}) {
  const list = useListView(`/teams/${teamId}/networks`, view);
  const query = useCall(
    'GET /teams/{teamId}/seen-networks',
    { params: { teamId }, query: view },
    { initialData: initial },
  );
  const { data: networks, masked } = query.data;
  const chosen = useSelection(
    networks,
    ({ network }) => network,
    ({ network }) => shortNetwork(network),
  );
  const [open, setOpen] = useState<'revoke' | 'name' | null>(null);
  const acts = {
    teamId,
    networks: chosen.rows,
    onClose: () => setOpen(null),
    onDone: chosen.clear,
  };
  const isWhole = Object.keys(view).every((part) => part === 'sort');
  return (
    <>
      <PageHeader
        title="Networks"
        description={
          member ? (
            <>
              <span>Where sessions of {member.name} were used, verified or not. </span>
              <TextLink href={`/teams/${teamId}/networks`}>Those of everybody</TextLink>
            </>
          ) : (
            'Every network from which a member’s session was used, verified or not.'
          )
        }
      />
      <RefreshFailed query={query} />
      <HiddenNetworks among={[{ masked }]} />
      <ListSearch
        list={list}
        label="Search address, name or member"
        filters={filters}
        exportHref={exportHref('GET /teams/{teamId}/seen-networks/export', {
          params: { teamId },
          query: view,
        })}
      />
      <SelectionBar chosen={chosen}>
        <Button size="sm" icon={Pencil} onClick={() => setOpen('name')}>
          Name…
        </Button>
        <Button size="sm" icon={ShieldMinus} onClick={() => setOpen('revoke')}>
          Revoke…
        </Button>
      </SelectionBar>
      <NetworksTable
        teamId={teamId}
        networks={networks}
        sorting={{
          value: view.sort ?? LATEST_FIRST,
          hrefOf: (sort) => list.hrefOf({ sort: sort === LATEST_FIRST ? '' : sort }),
        }}
        selection={chosen}
        empty={
          isWhole ? (
            <EmptyState icon={Network} title="No network yet">
              Each network on which a member signs in or uses a session is listed here.
            </EmptyState>
          ) : (
            <EmptyState icon={SearchX} title="No network fits this search">
              Type an address, a range such as 203.0.113.0/24, or a part of a name; or clear the
              search.
            </EmptyState>
          )
        }
      />
      <Pager list={list} page={query.data} noun="network" />
      <NameNetworks {...acts} open={open === 'name'} />
      <RevokeNetworks {...acts} open={open === 'revoke'} />
    </>
  );
}
