'use client';

import { Address } from '@/components/ui/address';
import { Card, Section } from '@/components/ui/section';
import { Skeleton } from '@/components/ui/skeleton';
import { Status } from '@/components/ui/status';
import { dateText } from '@/components/ui/time-text';
import type { LiveView } from '@/lib/client/live-view';
import { useCall } from '@/lib/react/queries';
import { useSocket } from '@/lib/react/socket-context';

const ways: Record<NonNullable<LiveView['way']>, string> = {
  direct: 'Direct, encrypted from this device to the computer',
  relayed: 'Through a relay, encrypted from this device to the computer',
};

/** By what this connection may be: its network, until when that is trusted, and which way it takes. */
export function Protection({ way }: { way: LiveView['way'] }) {
  const here = useSocket().hello?.client;
  const { data: me } = useCall('GET /me', {});
  const waiting = <Skeleton className="h-4 w-40" />;
  // The page may ask by another address than the socket has.
  const until = me?.client.network === here?.network ? (me?.client.trustedUntil ?? null) : null;
  const items = [
    {
      term: 'From',
      value: here ? <Address value={here.address} network={here.network} /> : waiting,
    },
    {
      term: 'Network',
      value: !here ? (
        waiting
      ) : here.trusted ? (
        <Status meaning="trusted">
          {until ? `Trusted until ${dateText(Date.parse(until))}` : 'Trusted'}
        </Status>
      ) : (
        <Status meaning="neutral">Not verified</Status>
      ),
    },
    { term: 'Way', value: way ? ways[way] : waiting },
  ];
  return (
    <Section title="Protection">
      <Card>
        <dl className="grid gap-x-6 gap-y-3 sm:grid-cols-3">
          {items.map(({ term, value }) => (
            <div key={term} className="min-w-0">
              <dt className="text-muted">{term}</dt>
              <dd className="mt-0.5 wrap-anywhere">{value}</dd>
            </div>
          ))}
        </dl>
      </Card>
    </Section>
  );
}
