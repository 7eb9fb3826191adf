'use client';

import { CircleCheck } from 'lucide-react';
import { HiddenNetworks } from '@/components/gate/hidden-networks';
import { RefreshFailed } from '@/components/shell/refresh-failed';
import { Address } from '@/components/ui/address';
import { Callout } from '@/components/ui/callout';
import { CopyButton } from '@/components/ui/copy-button';
import { type Column, DataTable } from '@/components/ui/data-table';
import { Facts } from '@/components/ui/facts';
import { Section } from '@/components/ui/section';
import { Status } from '@/components/ui/status';
import type { ClientAddressView, AddressHealth as Health } from '@/lib/contract/resources';
import { useCall } from '@/lib/react/queries';

type SharedNetwork = Health['sharedNetworks'][number];

const sharedColumns: readonly Column<SharedNetwork>[] = [
  { header: 'Network', isTitle: true, cell: ({ network }) => <Address value={network} /> },
  { header: 'Users', align: 'end', cell: ({ users }) => users },
];

/** Warnings that say that gated actions are refused just now. */
const REFUSING = new Set(['proxy_not_listed', 'address_unknown', 'others_unknown']);

/** How the present request reached Gatehouse, what was made of it, and what is probably set wrong. */
export function AddressHealth({ teamId, initial }: { teamId: string; initial: Health }) {
  const params = { teamId };
  const query = useCall('GET /teams/{teamId}/address-health', { params }, { initialData: initial });
  const { client, settings, warnings, sharedNetworks } = query.data;
  return (
    <Section
      title="How Gatehouse sees addresses"
      description="IP Verification is worth what the addresses are worth. This is the request for this page, and what was made of it: compare the result with the address you know you have."
    >
      <RefreshFailed query={query} />
      <div className="flex flex-col gap-3">
        {warnings.length === 0 ? (
          <Callout tone="success" title="No sign of a wrong setting">
            Gatehouse looks for forgotten proxies, for a CDN in front of the listed ones, for many
            users on one address, and for private addresses alone.
          </Callout>
        ) : (
          warnings.map((warning) => (
            <Callout
              key={`${warning.code} ${warning.message}`}
              tone={REFUSING.has(warning.code) ? 'danger' : 'warn'}
              title={warning.message}
            >
              <Cure text={warning.cure} />
            </Callout>
          ))
        )}
      </div>
      <div className="mt-6 grid gap-x-6 gap-y-6 lg:grid-cols-2 lg:items-start">
        <div>
          <h3 className="mb-2 font-medium">This request</h3>
          <Facts items={requestFacts(client)} />
        </div>
        <div>
          <h3 className="mb-2 font-medium">Settings</h3>
          <Facts
            items={[
              {
                term: 'Proxies',
                value:
                  settings.trustedProxies.length === 0 ? (
                    'none: the address of the connection counts, headers are not read'
                  ) : (
                    <Code text={settings.trustedProxies.join(', ')} />
                  ),
              },
              { term: 'Header', value: <Code text={settings.header} /> },
              {
                term: 'Private',
                value:
                  settings.privateClients === 'allow'
                    ? 'private addresses may be clients'
                    : 'private addresses can’t be clients',
              },
              { term: 'IPv6', value: `a network is a /${settings.ipv6Prefix}` },
            ]}
          />
          <p className="mt-2 text-muted">
            Set by <Code text="TRUSTED_PROXIES" />, <Code text="CLIENT_IP_HEADER" />,{' '}
            <Code text="PRIVATE_CLIENTS" /> and <Code text="IPV6_PREFIX" /> where Gatehouse is
            started; a change needs a restart.
          </p>
        </div>
      </div>
      <h3 className="mt-6 mb-2 font-medium">Networks shared by many users</h3>
      <HiddenNetworks among={sharedNetworks} />
      <DataTable
        caption="Networks that many users have verified"
        columns={sharedColumns}
        rows={sharedNetworks}
        rowKey={(row) => `${row.network} ${sharedNetworks.indexOf(row)}`}
        empty={
          <p className="flex items-center gap-2 text-muted">
            <CircleCheck aria-hidden className="size-4 shrink-0" />
            None. A network that more than 20 users, or over half of the team, have verified is
            listed here: it is often a proxy that nobody listed.
          </p>
        }
      />
    </Section>
  );
}

function requestFacts(client: ClientAddressView) {
  return [
    { term: 'Peer', value: client.peer === null ? 'none' : <Address value={client.peer} /> },
    { term: 'Header', value: <Code text={client.header} /> },
    {
      term: 'Hops',
      value:
        client.hops.length === 0 ? (
          <span className="text-muted">none read</span>
        ) : (
          <ol className="flex list-decimal flex-col gap-0.5 pl-4 marker:text-muted">
            {client.hops.map((hop, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: hops repeat, and their order is what they are
              <li key={index}>
                <Code text={hop} />
              </li>
            ))}
          </ol>
        ),
    },
    {
      term: 'Result',
      value:
        client.address === null ? (
          <div className="flex flex-col items-start gap-1">
            <Status meaning="blocked">Unknown</Status>
            {client.reason ? <Code text={client.reason} /> : null}
          </div>
        ) : (
          <Address value={client.address} network={client.network} size="lg" />
        ),
    },
    {
      term: 'Trust',
      value: client.trusted ? (
        <Status meaning="trusted" />
      ) : (
        <Status meaning="neutral">Not verified</Status>
      ),
    },
  ];
}

/** A cure; the setting in it, where there is one, can be copied. */
function Cure({ text }: { text: string }) {
  const setting = text.match(/\b[A-Z][A-Z0-9_]+=\S+(?: [A-Z][A-Z0-9_]+=\S+)*/)?.[0];
  return (
    <div className="flex flex-col items-start gap-2">
      <p className="wrap-anywhere">{text}</p>
      {setting ? <CopyButton value={setting} label="Copy the setting" /> : null}
    </div>
  );
}

function Code({ text }: { text: string }) {
  return (
    <code className="font-mono text-[0.8125rem] wrap-anywhere" translate="no">
      {text}
    </code>
  );
}
