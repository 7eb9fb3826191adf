import { createForwarder } from '@/scripts/demo/forward';
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
  const { server: http, close } = createForwarder((req) => ({
    port: server.port,
    headers: {
      ...req.headers,
      host: `localhost:${server.port}`,
      'x-forwarded-for': proxy.addressOf(req.url ?? '') ?? proxy.address,
    },
  }));
  const port = await listen(http, at.port, at.host);
  const proxy: ForwardingProxy = {
    origin: `http://localhost:${port}`,
    address,
    addressOf: () => null,
    close,
  };
  return proxy;
}
