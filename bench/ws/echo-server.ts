import { once } from 'node:events';
import { createServer } from 'node:http';
import { type WebSocket, WebSocketServer } from 'ws';
import { CLOSE_CODES, MAX_MESSAGE_BYTES } from '@/lib/contract/protocol';
import { obey } from './orders';
import { settle } from './settle';

/** The baseline: `ws` with the options of lib/ws and nothing else. It says back what it is told. */
const server = createServer();
const sockets = new Set<WebSocket>();
const echo = new WebSocketServer({
  noServer: true,
  clientTracking: false,
  maxPayload: MAX_MESSAGE_BYTES,
  perMessageDeflate: false,
});

server.on('upgrade', (req, duplex, head) => {
  echo.handleUpgrade(req, duplex, head, (socket) => {
    sockets.add(socket);
    socket.on('message', (data) => socket.send(data.toString()));
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
  });
});

obey({
  settle,
  listen: async () => {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    return { port: address.port };
  },
  closeAll: () => {
    for (const socket of sockets) socket.close(CLOSE_CODES.unauthenticated);
    return null;
  },
});
