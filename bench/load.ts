import autocannon from 'autocannon';
import { cpuMs } from './figures';
import type { RunningServer } from './server';

/** How many requests, or messages, are under way at once. */
export const CONNECTIONS = 32;

/** One call, made again and again. */
export type Target = {
  name: string;
  method: 'GET' | 'POST';
  path: string;
  headers: Record<string, string>;
  /** Further headers of each request: one session alone may not ask so often. */
  vary?: () => Record<string, string>;
  body?: string;
};
export type Figures = { perSecond: number; p50: number; p99: number; cpuMsPer1000: number };

/** How autocannon makes the call. */
export function requestsOf(server: RunningServer, target: Target) {
  const { vary } = target;
  return {
    url: `http://localhost:${server.port}${target.path}`,
    method: target.method,
    headers: target.headers,
    ...(vary && {
      requests: [
        {
          setupRequest: (request: autocannon.Request) => ({
            ...request,
            headers: { ...target.headers, ...vary() },
          }),
        },
      ],
    }),
    ...(target.body !== undefined && { body: target.body }),
    connections: CONNECTIONS,
  };
}

/** @throws when an answer is not as expected */
export async function load(
  server: RunningServer,
  target: Target,
  seconds: number,
): Promise<Figures> {
  const cpuBefore = await cpuMs(server.pid);
  const result = await autocannon({ ...requestsOf(server, target), duration: seconds });
  const total = result.requests.total;
  const expected = target.name.endsWith('refused') ? result['4xx'] : result['2xx'];
  if (expected !== total || result.errors > 0) {
    throw new Error(
      `${target.name}: ${expected} of ${total} answers were as expected, ${result.errors} errors`,
    );
  }
  return {
    perSecond: result.requests.average,
    p50: result.latency.p50,
    p99: result.latency.p99,
    cpuMsPer1000: (((await cpuMs(server.pid)) - cpuBefore) / total) * 1000,
  };
}
