'use client';

import type { ReactNode } from 'react';
import { Address, addressWords } from '@/components/ui/address';
import { Badge } from '@/components/ui/badge';
import { Button } from '@/components/ui/button';
import { type Column, DataTable } from '@/components/ui/data-table';
import { TrustEnd, TrustStatus } from '@/components/ui/days-left';
import { RelativeTime } from '@/components/ui/relative-time';
import { Status } from '@/components/ui/status';
import type { VerifiedIp } from '@/lib/contract/resources';

/** A network that was verified; or, with its address alone, that of the reader, which never was. */
type Row = { address: string; ip: VerifiedIp | null; act: ReactNode };

const methods: Record<VerifiedIp['method'], string> = {
  password: 'password',
  sso: 'SSO',
};

const columns: readonly Column<Row>[] = [
  {
    header: 'Address',
    isTitle: true,
    cell: ({ address, ip }) => (
      <span className="flex flex-wrap items-center gap-x-2.5 gap-y-1">
        <Address value={address} network={ip?.network ?? null} />
        {isHere(ip) ? <Badge tone="accent">This network</Badge> : null}
      </span>
    ),
  },
  {
    header: 'State',
    cell: ({ ip }) =>
      ip ? <TrustStatus {...ip} /> : <Status meaning="neutral">Never verified</Status>,
  },
  { header: 'Trusted until', cell: ({ ip }) => ip && <TrustEnd {...ip} /> },
  {
    header: 'Verified',
    cell: ({ ip }) => (
      <>
        <RelativeTime at={ip?.verifiedAt ?? null} />
        {ip ? <span className="block text-muted">by {methods[ip.method]}</span> : null}
      </>
    ),
  },
  { header: 'Last used', cell: ({ ip }) => (ip ? <RelativeTime at={ip.lastUsedAt} /> : 'now') },
  { header: 'Actions', headerHidden: true, isActions: true, cell: ({ act }) => act },
];

const isHere = (ip: VerifiedIp | null) => ip === null || ip.current;

export function VerifiedIpsTable({
  ips,
  here,
  onRevoke,
  onVerify,
  empty,
}: {
  ips: readonly VerifiedIp[];
  /** The reader's address, where his network is not among them. */
  here: string | null;
  onRevoke: (ip: VerifiedIp) => void;
  /** Verifies the network that the reader is on; left out where they are somebody else's. */
  onVerify: (() => void) | undefined;
  empty?: ReactNode;
}) {
  const verify = onVerify && (
    <Button size="sm" aria-label="Verify the network you are on" onClick={onVerify}>
      Verify
    </Button>
  );
  const actOn = (ip: VerifiedIp) => {
    if (ip.state !== 'trusted') return ip.current ? verify : null;
    return (
      <Button
        size="sm"
        aria-label={`Revoke ${addressWords(ip.address)}`}
        onClick={() => onRevoke(ip)}
      >
        Revoke
      </Button>
    );
  };
  const rows = ips.map((ip): Row => ({ address: ip.address, ip, act: actOn(ip) }));
  return (
    <DataTable
      caption="Verified IPs, the latest verified first"
      columns={columns}
      rows={here === null ? rows : [{ address: here, ip: null, act: verify }, ...rows]}
      rowKey={({ ip }) => ip?.id ?? 'here'}
      isCurrent={({ ip }) => isHere(ip)}
      empty={empty}
    />
  );
}
