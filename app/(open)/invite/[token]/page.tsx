import type { Metadata } from 'next';
import { CenterCard } from '@/components/shell/center-card';

export const metadata: Metadata = { title: 'Invitation' };

/** A link of before: its token stood in the path, so in the log of every proxy. It is not looked at. */
export default function OldInvitePage() {
  return (
    <CenterCard
      title="This link is of an older kind"
      lead="It showed its secret to every server on the way, so it is not used any more. Ask whoever invited you for a new invitation."
    />
  );
}
