import { createServer, type IncomingMessage, request } from 'node:http';
import type { Duplex } from 'node:stream';
import type { TestServer } from './harness';
import { listen } from './listen';

/** A trusted proxy before a server, which says that all who come through it are at one address. */
export type ForwardingProxy = {
  /** Where programs reach it. */
  origin: string;
  /** Where they are, from the next request or socket on. */
  address: string;
  /** Where they are for one call, in place of that: by its path. Null: the call is as the others. */
  addressOf: (path: string) => string | null;
  close: () => void;
};

/** @param at where it listens; default: on 127.0.0.1, at any free port */
export async function startProxy(
  server: TestServer,
  address: string,
  at: { host: string; port: number } = { host: '127.0.0.1', port: 0 },
): Promise<ForwardingProxy> {
  const forward = (req: IncomingMessage) =>
    request({
      host: '127.0.0.1',
      port: server.port,
      method: req.method,
      path: req.url,
      agent: false,
      headers: {
        ...req.headers,
        host: `localhost:${server.port}`,
        'x-forwarded-for': proxy.addressOf(req.url ?? '') ?? proxy.address,
      },
    });
  const upgraded = new Set<Duplex>();
  const http = createServer((req, res) => {
    const onward = forward(req);
    onward.once('response', (answer) => {
      res.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
      answer.pipe(res);
    });
    onward.once('error', () => res.destroy());
    req.pipe(onward);
  });
  http.on('upgrade', (req, socket) => {
    upgraded.add(socket);
    socket.once('close', () => upgraded.delete(socket));
    const onward = forward(req);
    const head = (answer: IncomingMessage) => {
      const lines = [`HTTP/1.1 ${answer.statusCode} ${answer.statusMessage}`];
      for (let i = 0; i < answer.rawHeaders.length; i += 2) {
        lines.push(`${answer.rawHeaders[i]}: ${answer.rawHeaders[i + 1]}`);
      }
      socket.write(`${lines.join('\r\n')}\r\n\r\n`);
    };
    onward.once('upgrade', (answer, far, early) => {
      head(answer);
      socket.write(early);
      socket.pipe(far).pipe(socket);
      socket.once('close', () => far.destroy());
      far.once('close', () => socket.destroy());
      far.on('error', () => socket.destroy());
    });
    onward.once('response', (answer) => {
      head(answer);
      answer.pipe(socket);
    });
    onward.once('error', () => socket.destroy());
    socket.on('error', () => onward.destroy());
    onward.end();
  });
  const port = await listen(http, at.port, at.host);
  const proxy: ForwardingProxy = {
    origin: `http://localhost:${port}`,
    address,
    addressOf: () => null,
    close: () => {
      for (const socket of upgraded) socket.destroy();
      http.closeAllConnections();
      http.close();
    },
  };
  return proxy;
}
