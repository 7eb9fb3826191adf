'use client';

import { useQueryClient } from '@tanstack/react-query';
import { Network, ShieldMinus } from 'lucide-react';
import { type ReactNode, useContext, useState } from 'react';
import { HiddenNetworks } from '@/components/gate/hidden-networks';
import { MoreRows } from '@/components/shell/more-rows';
import { RefreshFailed } from '@/components/shell/refresh-failed';
import { addressWords } from '@/components/ui/address';
import { Button } from '@/components/ui/button';
import { ConfirmDialog } from '@/components/ui/confirm-dialog';
import { EmptyState } from '@/components/ui/empty-state';
import { Section } from '@/components/ui/section';
import { VerifiedIpsTable } from '@/components/verified-ips/verified-ips-table';
import { unverifiedHere } from '@/lib/client/gate';
import type { ParamsOf } from '@/lib/contract/endpoints';
import { SHORT_PAGE } from '@/lib/contract/paging';
import type { Me, Page, VerifiedIp } from '@/lib/contract/resources';
import { call } from '@/lib/react/call';
import { GateContext, useGatedMutation } from '@/lib/react/gated-mutation';
import { type Pages, useCall, usePages } from '@/lib/react/queries';

/** The reader's own verified IPs. */
export function OwnVerifiedIps({ initial, initialMe, description }: OwnProps & { initialMe: Me }) {
  const query = usePages('GET /me/verified-ips', { query: SHORT_PAGE }, initial);
  const ask = useContext(GateContext);
  const { client } = useCall('GET /me', {}, { initialData: initialMe }).data;
  const isListed = query.rows.some(({ current }) => current);
  const here = client.trusted || isListed ? null : client.address;
  const revoke = (id: string | null) =>
    id === null
      ? call('DELETE /me/verified-ips')
      : call('DELETE /me/verified-ips/{id}', { params: { id } });
  return (
    <VerifiedIps
      {...{ query, revoke, description, here }}
      ownerName={null}
      onVerify={() => void ask?.(unverifiedHere())}
    />
  );
}

/** Those of a member. */
export function MemberVerifiedIps({
  member,
  initial,
  ownerName,
  description,
}: OwnProps & {
  member: ParamsOf<'GET /teams/{teamId}/members/{userId}'>;
  ownerName: string;
}) {
  const query = usePages(
    'GET /teams/{teamId}/members/{userId}/verified-ips',
    { params: member, query: SHORT_PAGE },
    initial,
  );
  const revoke = (id: string | null) =>
    id === null
      ? call('DELETE /teams/{teamId}/members/{userId}/verified-ips', { params: member })
      : call('DELETE /teams/{teamId}/members/{userId}/verified-ips/{id}', {
          params: { ...member, id },
        });
  return <VerifiedIps {...{ query, revoke, ownerName, description }} />;
}

type OwnProps = { initial: Page<VerifiedIp>; description: ReactNode };

/** The verified IPs of one user, with their revocation. */
function VerifiedIps({
  query,
  revoke: revokeOne,
  ownerName,
  description,
  here = null,
  onVerify,
}: {
  query: Pages<VerifiedIp>;
  /** By its id; null: all. */
  revoke: (id: string | null) => Promise<unknown>;
  /** Whose they are; null: the reader's own. */
  ownerName: string | null;
  description: ReactNode;
  /** Where the reader is, which is not in the list: it was never verified. */
  here?: string | null;
  /** Verifies the network that the reader is on; left out where the list is somebody else's. */
  onVerify?: () => void;
}) {
  const queries = useQueryClient();
  const revoke = useGatedMutation({
    mutationFn: revokeOne,
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
        here={here}
        onRevoke={ask}
        onVerify={onVerify}
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
