'use client';

import { SessionsTable } from '@/components/account/sessions-table';
import { PageHeader } from '@/components/ui/page-header';
import { Section } from '@/components/ui/section';
import { Skeleton } from '@/components/ui/skeleton';
import { VerifiedIpsTable } from '@/components/verified-ips/verified-ips-table';

const ignore = () => undefined;

/** The account page while it is on its way. */
export function AccountSkeleton() {
  return (
    <>
      <PageHeader title="Account" description={<Skeleton className="h-5 w-64" />} />
      <Section title="Verified IPs" description={<Skeleton className="h-10 w-96" />}>
        <VerifiedIpsTable ips={undefined} onRevoke={ignore} />
      </Section>
      <Section title="Sessions" description={<Skeleton className="h-5 w-96" />}>
        <SessionsTable sessions={undefined} onEnd={ignore} />
      </Section>
    </>
  );
}
