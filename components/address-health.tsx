'use client';

import { CircleCheck } from 'lucide-react';
import { RefreshFailed } from '@/components/refresh-failed';
import { Address } from '@/components/ui/address';
import { Callout } from '@/components/ui/callout';
import { CopyButton } from '@/components/ui/copy-button';
import { type Column, DataTable } from '@/components/ui/data-table';
import { Facts } from '@/components/ui/facts';
import { Section } from '@/components/ui/section';
import { Status } from '@/components/ui/status';
import { useApiQuery } from '@/lib/client/queries';
import type { ClientAddressView, AddressHealth as Health } from '@/lib/contract/resources';

type SharedNetwork = Health['sharedNetworks'][number];

const sharedColumns: readonly Column<SharedNetwork>[] = [
  { header: 'Network', isTitle: true, cell: ({ network }) => <Address value={network} /> },
  { header: 'Users', align: 'end', cell: ({ users }) => users },
];

/** Why there is no address, in words; the code of the answer stands beside it. */
const reasonWords: Record<string, string> = {
  no_peer: 'The connection has no address, or Gatehouse runs without its own server.',
  proxy_not_configured:
    'The request came with a forwarding header from a private address that is not in TRUSTED_PROXIES.',
  no_header: 'The trusted proxy did not send the header.',
  empty_header: 'The trusted proxy sent the header empty.',
  header_too_long: 'The header is longer than 2,048 characters.',
  too_many_hops: 'The header names more than 50 addresses.',
  not_single: 'The header holds more than the one address it should.',
  empty_element: 'An address in the header is empty.',
  bad_address: 'An address in the header is not one.',
  bad_port: 'A port in the header is not one.',
  bad_forwarded: 'The header does not follow RFC 7239.',
  hidden_node: 'The proxy hides the address (RFC 7239).',
  no_for: 'The header names no address (RFC 7239).',
  all_trusted: 'All addresses on the way are trusted proxies: none is left to be the client.',
  loopback: 'It is this machine’s own address, and PRIVATE_CLIENTS is “refuse”.',
  private_address: 'It is a private address, and PRIVATE_CLIENTS is “refuse”.',
  not_a_client_address: 'It is an address that no client can have.',
};

/** How the present request reached Gatehouse, what was made of it, and what is probably set wrong. */
export function AddressHealth({ teamId, initial }: { teamId: string; initial: Health }) {
  const path = `/teams/${teamId}/address-health`;
  const query = useApiQuery<Health>(path, { initialData: initial });
  const { client, settings, warnings, sharedNetworks } = query.data;
  return (
    <Section
      title="How Gatehouse sees addresses"
      description="IP Verification is worth what the addresses are worth. This is the request for this page, and what was made of it: compare the result with the address you know you have."
    >
      <RefreshFailed query={query} />
      <div className="flex flex-col gap-3">
        {client.address === null ? (
          <Callout
            tone="danger"
            title="Your own address can’t be established, so gated actions are refused to you"
          >
            <p>
              {reasonWords[client.reason ?? ''] ?? 'The server gives no reason.'} {cureOf(client)}
            </p>
          </Callout>
        ) : null}
        {warnings.length === 0 && client.address !== null ? (
          <Callout tone="success" title="No sign of a wrong setting">
            Gatehouse looks for forgotten proxies, many users on one address, and private addresses
            alone.
          </Callout>
        ) : (
          warnings.map((warning) => (
            <Callout key={`${warning.code} ${warning.message}`} tone="warn" title={warning.message}>
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
      <DataTable
        caption="Networks that many users have verified"
        columns={sharedColumns}
        rows={sharedNetworks}
        rowKey={({ network }) => network}
        empty={
          <p className="flex items-center gap-2 text-muted">
            <CircleCheck aria-hidden className="size-4 shrink-0" />
            None. A network that more than 20 users have verified is listed here: it is nearly
            always a proxy that nobody listed.
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

/** What to do about an address that is unknown. */
function cureOf({ reason, header, peer }: ClientAddressView): string {
  switch (reason) {
    case 'no_peer':
      return 'Start Gatehouse by its own start command.';
    case 'proxy_not_configured':
      return `If ${peer ?? 'it'} is your proxy, add it to TRUSTED_PROXIES.`;
    case 'all_trusted':
      return 'Make TRUSTED_PROXIES narrower: it must name the proxies and nobody else.';
    case 'loopback':
    case 'private_address':
      return 'If a proxy or container gateway stands there, list it in TRUSTED_PROXIES; if clients really come from private addresses, set PRIVATE_CLIENTS=allow.';
    case 'not_a_client_address':
      return 'Look at what stands in front of Gatehouse: it passes on a wrong address.';
    default:
      return `Let the proxy set ${header} to the address it sees, or set CLIENT_IP_HEADER to the header it does set.`;
  }
}

/** A cure; the setting in it, where there is one, can be copied. */
function Cure({ text }: { text: string }) {
  const setting = text.match(/\b[A-Z][A-Z0-9_]+=\S+/)?.[0];
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
