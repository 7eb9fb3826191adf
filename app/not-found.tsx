import type { Metadata } from 'next';
import { CenterCard } from '@/components/shell/center-card';
import { buttonClass } from '@/components/ui/button-class';

export const metadata: Metadata = { title: 'Not found' };

export default function NotFound() {
  return (
    <CenterCard
      title="Nothing here"
      lead="This page does not exist, or it is not yours to see. Check the address, or ask whoever sent it to you."
    >
      <a href="/computers" className={buttonClass('primary')}>
        Go to your computers
      </a>
    </CenterCard>
  );
}
