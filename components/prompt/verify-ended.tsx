import { CenterCard } from '@/components/shell/center-card';
import { ButtonLink } from '@/components/ui/button';
import { Callout } from '@/components/ui/callout';

/** A challenge that waits for nobody any more. */
export function VerifyEnded({ state }: { state: 'verified' | 'expired' }) {
  if (state === 'verified') {
    return (
      <CenterCard title="Verified already">
        <Callout tone="success" title="There is nothing left to do here">
          This request was verified. Go back to your program, which goes on by itself; you can close
          this page.
        </Callout>
      </CenterCard>
    );
  }
  return (
    <CenterCard title="This request waits no longer">
      <Callout tone="warn" title="It was answered, or its 10 minutes are over">
        Nothing was recorded by opening this page. Repeat in your program what you wanted to do: it
        then shows a new link.
      </Callout>
      <div className="mt-5">
        <ButtonLink href="/">Go to Gatehouse</ButtonLink>
      </div>
    </CenterCard>
  );
}
