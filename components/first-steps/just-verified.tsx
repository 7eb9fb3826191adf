import { Callout } from '@/components/ui/callout';
import { dateText } from '@/components/ui/time-text';

/** What signing in has just done, for whoever does not know yet what the product is about. */
export function JustVerified({ address, until }: { address: string; until: string }) {
  return (
    <div className="mb-6">
      <Callout tone="success">
        <p>
          <span>You’re on </span>
          <span className="font-mono wrap-anywhere" translate="no">
            {address}
          </span>
          <span>
            . It’s verified until {dateText(Date.parse(until))}, because you just proved here that
            it’s you. From other networks Gatehouse asks once.
          </span>
        </p>
      </Callout>
    </div>
  );
}
