'use client';

import { type ReactNode, useCallback, useState } from 'react';
import { type AddressesHref, GateDialog } from '@/components/gate/gate-dialog';
import { type AskGate, GateContext, type GateRefusal } from '@/lib/client/gated-mutation';

type Waiting = { refusal: GateRefusal; settle: (isPassed: boolean) => void };

/**
 * The prompt in place: whatever is refused below it asks here, and goes on when it is passed. Actions
 * refused while it is open wait for the same answer.
 */
export function GatePrompt({
  email,
  addressesHref,
  children,
}: {
  email: string;
  addressesHref: AddressesHref;
  children: ReactNode;
}) {
  const [waiting, setWaiting] = useState<readonly Waiting[]>([]);
  const ask = useCallback<AskGate>(
    (refusal, withdrawn) =>
      new Promise((settle) => {
        const one = { refusal, settle };
        setWaiting((before) => [...before, one]);
        withdrawn?.addEventListener('abort', () => {
          setWaiting((before) => before.filter((other) => other !== one));
          settle(false);
        });
      }),
    [],
  );
  const done = (isPassed: boolean) => {
    for (const { settle } of waiting) settle(isPassed);
    setWaiting((before) => before.filter((one) => !waiting.includes(one)));
  };
  const [first] = waiting;
  return (
    <GateContext value={ask}>
      {children}
      {first ? (
        <GateDialog
          refusal={first.refusal}
          email={email}
          addressesHref={addressesHref}
          onDone={done}
        />
      ) : null}
    </GateContext>
  );
}
