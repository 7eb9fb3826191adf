import type { Metadata } from 'next';
import { CenterCard } from '@/components/shell/center-card';
import { ButtonLink } from '@/components/ui/button';

export const metadata: Metadata = { title: 'Choose a new password' };

/** A link of before: its token stood in the path, so in the log of every proxy. It is not looked at. */
export default function OldResetPage() {
  return (
    <CenterCard
      title="This link is of an older kind"
      lead="It showed its secret to every server on the way, so it is not used any more. Your password is as it was."
    >
      <ButtonLink href="/reset" variant="primary">
        Ask for a new link
      </ButtonLink>
    </CenterCard>
  );
}
