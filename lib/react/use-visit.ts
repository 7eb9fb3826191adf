'use client';

import { useContext, useEffect, useState, useSyncExternalStore } from 'react';
import { toApiError } from '@/lib/client/api';
import { isGateRefusal } from '@/lib/client/gate';
import { ComputerSession, type SessionView } from '@/lib/client/visit';
import { GateContext } from './gated-mutation';
import { useGateway } from './socket-context';

/** Connects to a computer while the page is open; when the gate refuses it, asks in place and goes on. */
export function useComputerSession(computerId: string): {
  view: SessionView;
  leave: () => void;
  again: () => void;
} {
  const gateway = useGateway();
  const ask = useContext(GateContext);
  const [session] = useState(() => new ComputerSession(gateway, computerId));
  const view = useSyncExternalStore(session.subscribe, session.read, session.read);

  useEffect(() => {
    const stop = session.start();
    addEventListener('pagehide', session.leave);
    return () => {
      removeEventListener('pagehide', session.leave);
      stop();
    };
  }, [session]);

  const refusal = view.attempt.step === 'verifying' ? view.attempt.refusal : null;
  useEffect(() => {
    if (refusal === null) return;
    const error = toApiError(refusal, refusal.status);
    if (ask === null || !isGateRefusal(error)) return session.promptClosed(false);
    const prompt = new AbortController();
    void ask(error, prompt.signal).then((answer) => {
      if (prompt.signal.aborted) return;
      // The socket stands on the network that was refused; a new one may come by the other.
      if (answer === 'other_network') gateway.reopen();
      session.promptClosed(answer !== 'went_back');
    });
    return () => prompt.abort();
  }, [refusal, ask, session, gateway]);

  return { view, leave: session.leave, again: session.again };
}
