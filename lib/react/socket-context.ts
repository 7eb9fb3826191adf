'use client';

import {
  createContext,
  useContext,
  useEffect,
  useRef,
  useState,
  useSyncExternalStore,
} from 'react';
import type { Socket } from '@/lib/client/socket';
import type { ServerMessage } from '@/lib/contract/messages';

/** How long live updates may be away before it is worth a word. */
const WORTH_A_WORD_MS = 4_000;

/** Filled by `SocketProvider`, on the pages that have a socket. */
export const SocketContext = createContext<Socket | null>(null);

/** @throws on a page without a socket */
export function useSocket(): Socket {
  const socket = useContext(SocketContext);
  if (!socket) throw new Error('There is no SocketProvider above.');
  return socket;
}

/** Whether messages of the server arrive. */
export function useIsLive(): boolean {
  const socket = useSocket();
  return useSyncExternalStore(
    socket.onChange,
    () => socket.hello !== null,
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
export function useSocketMessages(listener: (message: ServerMessage) => void): void {
  const socket = useSocket();
  const latest = useRef(listener);
  latest.current = listener;
  useEffect(() => socket.onMessage((message) => latest.current(message)), [socket]);
}
