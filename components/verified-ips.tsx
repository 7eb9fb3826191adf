'use client';

import { useQueryClient } from '@tanstack/react-query';
import { Network, ShieldMinus } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { HiddenNetworks } from '@/components/hidden-networks';
import { MoreRows } from '@/components/more-rows';
import { RefreshFailed } from '@/components/refresh-failed';
import { addressWords } from '@/components/ui/address';
import { Button } from '@/components/ui/button';
import { ConfirmDialog } from '@/components/ui/confirm-dialog';
import { EmptyState } from '@/components/ui/empty-state';
import { Section } from '@/components/ui/section';
import { VerifiedIpsTable } from '@/components/verified-ips-table';
import { api } from '@/lib/client/api';
import { useGatedMutation } from '@/lib/client/gated-mutation';
import { usePages } from '@/lib/client/queries';
import type { Page, VerifiedIp } from '@/lib/contract/resources';

/** The verified IPs of one user, with their revocation: one's own, or a member's. */
export function VerifiedIps({
  path,
  initial,
  ownerName,
  description,
}: {
  /** The list's path below `/api/v1`; revoking is DELETE there. */
  path: string;
  initial: Page<VerifiedIp>;
  /** Whose they are; null: the reader's own. */
  ownerName: string | null;
  description: ReactNode;
}) {
  const queries = useQueryClient();
  const query = usePages<VerifiedIp>(path, initial);
  const revoke = useGatedMutation({
    mutationFn: (id: string | null) => api<void>('DELETE', id === null ? path : `${path}/${id}`),
    onSuccess: () => queries.invalidateQueries(),
  });
  // Open on one, on all, or closed.
  const [asked, setAsked] = useState<VerifiedIp | 'all' | null>(null);
  const ask = (what: VerifiedIp | 'all') => {
    revoke.reset();
    setAsked(what);
  };
  const ips = query.rows;
  const revocable = ips.filter((ip) => ip.state !== 'revoked').length;

  return (
    <Section
      title="Verified IPs"
      description={description}
      actions={
        revocable > 1 ? (
          <Button icon={ShieldMinus} onClick={() => ask('all')}>
            Revoke all
          </Button>
        ) : null
      }
    >
      <RefreshFailed query={query} />
      <HiddenNetworks among={ips} />
      <VerifiedIpsTable
        ips={ips}
        onRevoke={ask}
        empty={
          <EmptyState icon={Network} title="No verified IPs">
            {ownerName === null
              ? 'Each network on which you confirm your password is listed here, and trusted for a time.'
              : `Each network on which ${ownerName} signs in or confirms the password is listed here, and trusted for a time.`}
          </EmptyState>
        }
      />
      <MoreRows more={query.more} shown={ips.length} noun="networks" />
      <ConfirmDialog
        open={asked !== null}
        onOpenChange={(open) => {
          if (!open) setAsked(null);
        }}
        title={titleOf(asked, ownerName)}
        confirmLabel={asked === 'all' ? 'Revoke all' : 'Revoke'}
        error={revoke.error?.message}
        onConfirm={() => revoke.mutateAsync(asked === null || asked === 'all' ? null : asked.id)}
      >
        <p>{consequenceOf(asked, ownerName)}</p>
        <p>
          {ownerName === null ? 'Your sessions' : `The sessions of ${ownerName}`} go on; connections
          to Team Computers that were opened from there end.
        </p>
      </ConfirmDialog>
    </Section>
  );
}

type Asked = VerifiedIp | 'all' | null;

function titleOf(asked: Asked, ownerName: string | null): string {
  if (asked !== null && asked !== 'all') return `Revoke ${addressWords(asked.address)}?`;
  return ownerName === null ? 'Revoke all your verified IPs?' : `Revoke all of ${ownerName}?`;
}

function consequenceOf(asked: Asked, ownerName: string | null): string {
  const who = ownerName === null ? 'you are' : `${ownerName} is`;
  if (asked === 'all') {
    return `On every network${ownerName === null ? ', this one too' : ''}, ${who} asked for the password again before the next protected action.`;
  }
  if (asked?.current) {
    return 'You are on this network now: you are asked for your password again before your next protected action here.';
  }
  return `On this network, ${who} asked for the password again before the next protected action.`;
}
