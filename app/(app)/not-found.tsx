import type { Metadata } from 'next';
import { ButtonLink } from '@/components/ui/button';
import { PageHeader } from '@/components/ui/page-header';

export const metadata: Metadata = { title: 'Not found' };

/** In the shell, for those signed in. */
export default function NotFound() {
  return (
    <>
      <PageHeader
        title="Nothing here"
        description="This page does not exist, or it is not yours to see. Check the address, or ask whoever sent it to you."
      />
      <ButtonLink href="/computers" variant="primary">
        Go to your computers
      </ButtonLink>
    </>
  );
}
