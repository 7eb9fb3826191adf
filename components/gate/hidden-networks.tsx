'use client';

import { useContext } from 'react';
import { Button } from '@/components/ui/button';
import { Callout } from '@/components/ui/callout';
import { unverifiedHere } from '@/lib/client/gate';
import type { Masked } from '@/lib/contract/resources';
import { GateContext } from '@/lib/react/gated-mutation';

/** Says why networks are hidden, and how to see them. Nothing where none of these hides one. */
export function HiddenNetworks({ among }: { among: readonly Masked[] }) {
  const ask = useContext(GateContext);
  if (!among.some(({ masked }) => masked)) return null;
  return (
    <div className="mb-4">
      <Callout
        title="Other networks are hidden"
        actions={
          ask ? (
            <Button size="sm" onClick={() => void ask(unverifiedHere())}>
              Verify this network…
            </Button>
          ) : null
        }
      >
        The one you are on is not verified for your account. From here, a stolen session would learn
        where it works. Verify this network to see them.
      </Callout>
    </div>
  );
}
