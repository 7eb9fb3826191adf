import { once } from 'node:events';
import { createServer, connect as dial, type Socket } from 'node:net';

/**
 * Stands before a PostgreSQL server and passes everything on but notifications, as a pooler in
 * transaction mode does.
 *
 * @param connectionString the server's; without TLS
 * @returns the connection string that leads through it
 */
export async function startDeafRelay(
  connectionString: string,
): Promise<{ connectionString: string; stop: () => void }> {
  const url = new URL(connectionString);
  const [host, port] = [url.hostname, Number(url.port)];
  const open = new Set<Socket>();
  const relay = createServer((client) => {
    const server = dial(port, host);
    for (const [socket, peer] of [
      [client, server],
      [server, client],
    ] as const) {
      open.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        open.delete(socket);
        peer.destroy();
      });
    }
    client.pipe(server);
    const pass = withoutNotifications((message) => client.write(message));
    server.on('data', pass);
  }).listen(0, '127.0.0.1');
  await once(relay, 'listening');
  const address = relay.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  url.hostname = '127.0.0.1';
  url.port = String(address.port);
  return {
    connectionString: url.href,
    stop: () => {
      relay.close();
      for (const socket of open) socket.destroy();
    },
  };
}

const NOTIFICATION = 'A'.charCodeAt(0);

/** Each message is a letter, its length without the letter in four bytes, and the rest. */
function withoutNotifications(pass: (message: Buffer) => void): (chunk: Buffer) => void {
  let rest = Buffer.alloc(0);
  return (chunk) => {
    rest = Buffer.concat([rest, chunk]);
    while (rest.length >= 5) {
      const length = 1 + rest.readUInt32BE(1);
      if (rest.length < length) return;
      if (rest[0] !== NOTIFICATION) pass(rest.subarray(0, length));
      rest = rest.subarray(length);
    }
  };
}
