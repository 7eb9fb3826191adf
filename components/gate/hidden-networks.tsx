import { Callout } from '@/components/ui/callout';
import type { Masked } from '@/lib/contract/resources';

/** Says why networks are hidden; the banner above says how to see them. Nothing where none of these hides one. */
export function HiddenNetworks({ among }: { among: readonly Masked[] }) {
  if (!among.some(({ masked }) => masked)) return null;
  return (
    <div className="mb-4">
      <Callout title="Other networks are hidden">
        The one you are on is not verified for your account. From here, a stolen session would learn
        where it works. Verify this network to see them.
      </Callout>
    </div>
  );
}
