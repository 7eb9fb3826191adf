'use client';

import {
  createContext,
  useContext,
  useEffect,
  useRef,
  useState,
  useSyncExternalStore,
} from 'react';
import type { Gateway } from '@/lib/client/socket';
import type { ServerMessage } from '@/lib/contract/messages';

/** How long live updates may be away before it is worth a word. */
const WORTH_A_WORD_MS = 4_000;

/** Filled by `GatewayProvider`, on the pages that have a socket. */
export const GatewayContext = createContext<Gateway | null>(null);

/** @throws on a page without a socket */
export function useGateway(): Gateway {
  const gateway = useContext(GatewayContext);
  if (!gateway) throw new Error('There is no GatewayProvider above.');
  return gateway;
}

/** Whether messages of the server arrive. */
export function useIsLive(): boolean {
  const gateway = useGateway();
  return useSyncExternalStore(
    gateway.onChange,
    () => gateway.hello !== null,
    () => false,
  );
}

/** Whether live updates have been away for so long that a person should know. */
export function useIsInterrupted(): boolean {
  const isLive = useIsLive();
  const [isLong, setIsLong] = useState(false);
  useEffect(() => {
    if (isLive) return setIsLong(false);
    const timer = setTimeout(() => setIsLong(true), WORTH_A_WORD_MS);
    return () => clearTimeout(timer);
  }, [isLive]);
  return isLong && !isLive;
}

/** Hears every message of the server. */
export function useGatewayMessages(listener: (message: ServerMessage) => void): void {
  const gateway = useGateway();
  const latest = useRef(listener);
  latest.current = listener;
  useEffect(() => gateway.onMessage((message) => latest.current(message)), [gateway]);
}
