import type { OpenWire, Socket } from '@/lib/client/socket';
import { SOCKET_PATH } from '@/lib/contract/protocol';

/** The WebSocket of this tab, known by the session cookie. */
export const openInBrowser: OpenWire = ({ message, end }) => {
  const url = new URL(SOCKET_PATH, location.href);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  const socket = new WebSocket(url);
  socket.onmessage = ({ data }) => message(data);
  socket.onclose = ({ code }) => end({ code });
  return {
    send: (text) => {
      const isOpen = socket.readyState === WebSocket.OPEN;
      if (isOpen) socket.send(text);
      return isOpen;
    },
    close: () => socket.close(),
  };
};

/**
 * Keeps a socket while the page is there: it comes back at once when the browser is online again or the tab
 * is looked at.
 * @returns ends that
 */
export function keepInBrowser(socket: Socket): () => void {
  const stop = socket.start();
  const leaving = new AbortController();
  const { signal } = leaving;
  let wasOffline = false;
  addEventListener('offline', () => (wasOffline = true), { signal });
  const onOnline = () => {
    // A socket from before may be dead without knowing it.
    if (wasOffline) socket.reopen();
    else socket.wake();
    wasOffline = false;
  };
  addEventListener('online', onOnline, { signal });
  const onVisible = () => document.visibilityState === 'visible' && socket.wake();
  document.addEventListener('visibilitychange', onVisible, { signal });
  return () => {
    leaving.abort();
    stop();
  };
}
