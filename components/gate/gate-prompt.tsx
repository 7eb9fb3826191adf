'use client';

import { useQueryClient } from '@tanstack/react-query';
import dynamic from 'next/dynamic';
import { useRouter } from 'next/navigation';
import { type ReactNode, useCallback, useRef, useState } from 'react';
import type { AddressesHref } from '@/components/gate/gate-dialog';
import type { AskGate, GateAnswer, GateRefusal, OtherNetwork } from '@/lib/client/gate';
import type { GateProblem } from '@/lib/contract/resources';
import { GateContext } from '@/lib/react/gated-mutation';

const GateDialog = dynamic(
  () => import('@/components/gate/gate-dialog').then((module) => module.GateDialog),
  { ssr: false },
);

type Waiting = { refusal: GateRefusal; settle: (answer: GateAnswer) => void };

/**
 * The prompt in place: whatever is refused below it asks here, and goes on when it is passed. Actions
 * refused while it is open wait for the same answer.
 */
export function GatePrompt({
  email,
  methods,
  addressesHref,
  children,
}: {
  email: string;
  methods: GateProblem['methods'];
  addressesHref: AddressesHref;
  children: ReactNode;
}) {
  const queries = useQueryClient();
  const router = useRouter();
  const [waiting, setWaiting] = useState<readonly Waiting[]>([]);
  // By action: the proofs that were recorded for another network than the refused one, one after the other.
  const missed = useRef(new Map<unknown, readonly OtherNetwork[]>());
  const ask = useCallback<AskGate>(
    (refusal, withdrawn) =>
      new Promise((settle) => {
        const one = { refusal, settle };
        setWaiting((before) => [...before, one]);
        withdrawn?.addEventListener('abort', () => {
          setWaiting((before) => before.filter((other) => other !== one));
          settle('went_back');
        });
      }),
    [],
  );
  const [first] = waiting;
  const action = first?.refusal.problem.action;
  const misses = (missed.current.get(action) ?? []).filter(
    ({ until }) => Date.parse(until) > Date.now(),
  );
  const done = (answer: Exclude<GateAnswer, 'other_network'> | OtherNetwork) => {
    if (typeof answer === 'string') missed.current.delete(action);
    else missed.current.set(action, [...misses, answer]);
    if (answer === 'passed') {
      // What was hidden on this network is to be seen.
      void queries.invalidateQueries();
      router.refresh();
    }
    for (const { settle } of waiting) settle(typeof answer === 'string' ? answer : 'other_network');
    setWaiting((before) => before.filter((one) => !waiting.includes(one)));
  };
  return (
    <GateContext value={ask}>
      {children}
      {first ? (
        <GateDialog
          refusal={first.refusal}
          email={email}
          methods={methods}
          addressesHref={addressesHref}
          misses={misses}
          onDone={done}
        />
      ) : null}
    </GateContext>
  );
}
