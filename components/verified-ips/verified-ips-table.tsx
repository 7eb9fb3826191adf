'use client';

import type { ReactNode } from 'react';
import { Address, addressWords } from '@/components/ui/address';
import { Badge } from '@/components/ui/badge';
import { Button } from '@/components/ui/button';
import { type Column, DataTable } from '@/components/ui/data-table';
import { TrustEnd, TrustStatus } from '@/components/ui/days-left';
import { RelativeTime } from '@/components/ui/relative-time';
import type { VerifiedIp } from '@/lib/contract/resources';

type Row = { ip: VerifiedIp; onRevoke: (ip: VerifiedIp) => void };

const methods: Record<VerifiedIp['method'], string> = {
  password: 'password',
  sso: 'SSO',
};

const columns: readonly Column<Row>[] = [
  {
    header: 'Address',
    isTitle: true,
    cell: ({ ip }) => (
      <span className="flex flex-wrap items-center gap-x-2.5 gap-y-1">
        <Address value={ip.address} network={ip.network} />
        {ip.current ? <Badge tone="accent">This network</Badge> : null}
      </span>
    ),
  },
  { header: 'State', cell: ({ ip }) => <TrustStatus {...ip} /> },
  { header: 'Trusted until', cell: ({ ip }) => <TrustEnd {...ip} /> },
  {
    header: 'Verified',
    cell: ({ ip }) => (
      <>
        <RelativeTime at={ip.verifiedAt} />
        <span className="block text-muted">by {methods[ip.method]}</span>
      </>
    ),
  },
  { header: 'Last used', cell: ({ ip }) => <RelativeTime at={ip.lastUsedAt} /> },
  {
    header: 'Actions',
    headerHidden: true,
    isActions: true,
    cell: ({ ip, onRevoke }) =>
      ip.state === 'trusted' ? (
        <Button
          size="sm"
          aria-label={`Revoke ${addressWords(ip.address)}`}
          onClick={() => onRevoke(ip)}
        >
          Revoke
        </Button>
      ) : null,
  },
];

export function VerifiedIpsTable({
  ips,
  onRevoke,
  empty,
}: {
  ips: readonly VerifiedIp[];
  onRevoke: (ip: VerifiedIp) => void;
  empty?: ReactNode;
}) {
  return (
    <DataTable
      caption="Verified IPs, the latest used first"
      columns={columns}
      rows={ips.map((ip) => ({ ip, onRevoke }))}
      rowKey={({ ip }) => ip.id}
      isCurrent={({ ip }) => ip.current}
      empty={empty}
    />
  );
}
