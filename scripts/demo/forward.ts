import {
  createServer,
  type IncomingMessage,
  type RequestOptions,
  request,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { Duplex } from 'node:stream';

/** What passes requests on and WebSockets too; not yet listening. */
export type Forwarder = { server: Server; close: () => void };

/** @returns false: the answer is to be given back as it is */
type GiveBack = (req: IncomingMessage, answer: IncomingMessage, res: ServerResponse) => boolean;

/**
 * A proxy on this machine.
 * @param onward where a request goes, and with which headers
 * @param giveBack takes an answer that is not to be given back as it is
 */
export function createForwarder(
  onward: (req: IncomingMessage) => RequestOptions,
  giveBack: GiveBack = () => false,
): Forwarder {
  const forward = (req: IncomingMessage) =>
    request({
      host: '127.0.0.1',
      method: req.method,
      path: req.url,
      agent: false,
      ...onward(req),
    });
  const upgraded = new Set<Duplex>();
  const server = createServer((req, res) => {
    const asked = forward(req);
    asked.once('response', (answer) => {
      if (giveBack(req, answer, res)) return;
      res.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
      answer.pipe(res);
    });
    asked.once('error', () => res.destroy());
    res.once('close', () => asked.destroy());
    req.pipe(asked);
  });
  server.on('upgrade', (req, socket) => {
    upgraded.add(socket);
    socket.once('close', () => upgraded.delete(socket));
    const asked = forward(req);
    const head = (answer: IncomingMessage) => {
      const lines = [`HTTP/1.1 ${answer.statusCode} ${answer.statusMessage}`];
      for (let i = 0; i < answer.rawHeaders.length; i += 2) {
        lines.push(`${answer.rawHeaders[i]}: ${answer.rawHeaders[i + 1]}`);
      }
      socket.write(`${lines.join('\r\n')}\r\n\r\n`);
    };
    asked.once('upgrade', (answer, far, early) => {
      head(answer);
      socket.write(early);
      socket.pipe(far).pipe(socket);
      socket.once('close', () => far.destroy());
      far.once('close', () => socket.destroy());
      far.on('error', () => socket.destroy());
    });
    asked.once('response', (answer) => {
      head(answer);
      answer.pipe(socket);
    });
    asked.once('error', () => socket.destroy());
    socket.on('error', () => asked.destroy());
    asked.end();
  });
  return {
    server,
    close: () => {
      for (const socket of upgraded) socket.destroy();
      server.closeAllConnections();
      server.close();
    },
  };
}
