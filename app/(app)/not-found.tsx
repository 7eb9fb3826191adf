import type { Metadata } from 'next';
import { buttonClass } from '@/components/ui/button-class';
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
      <a href="/computers" className={buttonClass('primary')}>
        Go to your computers
      </a>
    </>
  );
}
