import { once } from 'node:events';
import { Server as WebServer } from 'node:http';
import type { AddressInfo, Server } from 'node:net';

/** Has a server of the tests' own listen on this machine. @returns its port */
export async function listen(server: Server, port = 0, host = '127.0.0.1'): Promise<number> {
  server.listen(port, host);
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

/** Ends it, and the connections of a web server. */
export async function shut(server: Server): Promise<void> {
  if (server instanceof WebServer) server.closeAllConnections();
  server.close();
  await once(server, 'close');
}
