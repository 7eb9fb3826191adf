'use client';

import { useContext, useEffect, useState, useSyncExternalStore } from 'react';
import { toApiError } from '@/lib/client/api';
import { isGateRefusal } from '@/lib/client/gate';
import { Visit, type VisitView } from '@/lib/client/visit';
import { GateContext } from './gated-mutation';
import { useSocket } from './socket-context';

/** Connects to a computer while the page is open; when the gate refuses it, asks in place and goes on. */
export function useVisit(computerId: string): {
  view: VisitView;
  leave: () => void;
  again: () => void;
} {
  const socket = useSocket();
  const ask = useContext(GateContext);
  const [visit] = useState(
    () => new Visit(socket, computerId, (settings) => new RTCPeerConnection(settings)),
  );
  const view = useSyncExternalStore(visit.subscribe, visit.read, visit.read);

  useEffect(() => {
    const stop = visit.start();
    addEventListener('pagehide', visit.leave);
    return () => {
      removeEventListener('pagehide', visit.leave);
      stop();
    };
  }, [visit]);

  const refusal = view.attempt.step === 'verifying' ? view.attempt.refusal : null;
  useEffect(() => {
    if (refusal === null) return;
    const error = toApiError(refusal, refusal.status);
    if (ask === null || !isGateRefusal(error)) return visit.promptClosed(false);
    const prompt = new AbortController();
    void ask(error, prompt.signal).then((answer) => {
      if (prompt.signal.aborted) return;
      // The socket stands on the network that was refused; a new one may come by the other.
      if (answer === 'other_network') socket.reopen();
      visit.promptClosed(answer !== 'went_back');
    });
    return () => prompt.abort();
  }, [refusal, ask, visit, socket]);

  return { view, leave: visit.leave, again: visit.again };
}
