import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { cpuMs, quantile } from './figures';

/** How many requests, or messages, are under way at once. */
export const CONNECTIONS = 32;

/** One call, made again and again. */
export type Target = {
  name: string;
  method: 'GET' | 'POST';
  path: string;
  headers: Record<string, string>;
  /** What each request has of its own: one session alone may not ask so often. */
  vary?: () => { path?: string; headers: Record<string, string> };
  body?: string;
  /** Default: 200 to 299. */
  status?: number;
};
export type Figures = { perSecond: number; p50: number; p99: number; cpuMsPer1000: number };

/** What is asked: the port and the process whose CPU time counts. */
export type Asked = { port: number; pid: number };

/**
 * Asks over as many connections for some seconds, or some number of requests.
 * @throws when an answer is not as expected
 */
export async function load(
  server: Asked,
  target: Target,
  until: number | { requests: number },
): Promise<Figures & { requests: number }> {
  const start = performance.now();
  const times: number[] = [];
  let asked = 0;
  const isOver =
    typeof until === 'number'
      ? () => performance.now() - start >= until * 1000
      : () => asked >= until.requests;
  const cpuBefore = await cpuMs(server.pid);
  const askInTurn = async () => {
    const caller = await Caller.open(server.port);
    try {
      while (!isOver()) {
        asked += 1;
        const sent = performance.now();
        const status = await caller.ask(textOf(server, target));
        times.push(performance.now() - sent);
        if (target.status ? status !== target.status : status < 200 || status > 299) {
          throw new Error(`${target.name}: an answer was ${status}`);
        }
      }
    } finally {
      caller.close();
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, askInTurn));
  return {
    requests: times.length,
    perSecond: (times.length * 1000) / (performance.now() - start),
    p50: quantile(times, 0.5),
    p99: quantile(times, 0.99),
    cpuMsPer1000: (((await cpuMs(server.pid)) - cpuBefore) / times.length) * 1000,
  };
}

function textOf({ port }: Asked, { method, path, headers, vary, body }: Target): string {
  const own = vary?.();
  let text = `${method} ${own?.path ?? path} HTTP/1.1\r\nHost: localhost:${port}\r\n`;
  for (const all of [headers, own?.headers ?? {}]) {
    for (const name in all) text += `${name}: ${all[name]}\r\n`;
  }
  if (body !== undefined) text += `Content-Length: ${body.length}\r\n`;
  return `${text}\r\n${body ?? ''}`;
}

/**
 * A keep-alive connection that costs its process next to nothing, since client and server share the machine:
 * it reads the status of an answer and its end, and no more.
 */
class Caller {
  #unread = '';
  #answered: { resolve: (status: number) => void; reject: (error: Error) => void } | null = null;

  private constructor(private readonly socket: Socket) {
    socket.setNoDelay(true);
    socket.setEncoding('latin1');
    socket.on('data', (text: string) => this.#read(text));
    socket.on('error', (error) => this.#answered?.reject(error));
    socket.on('close', () => this.#answered?.reject(new Error('a connection was closed')));
  }

  static async open(port: number): Promise<Caller> {
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    return new Caller(socket);
  }

  ask(text: string): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#answered = { resolve, reject };
      this.socket.write(text, 'latin1');
    });
  }

  close(): void {
    this.#answered = null;
    this.socket.destroy();
  }

  #read(text: string): void {
    this.#unread += text;
    const head = this.#unread.indexOf('\r\n\r\n');
    if (head === -1 || !this.#isWhole(head + 4)) return;
    const status = Number(this.#unread.slice(9, 12));
    this.#unread = '';
    this.#answered?.resolve(status);
  }

  /** @param begin where the body begins */
  #isWhole(begin: number): boolean {
    const length = /\r\ncontent-length: (\d+)/i.exec(this.#unread.slice(0, begin))?.[1];
    if (length !== undefined) return this.#unread.length >= begin + Number(length);
    if (/\r\ntransfer-encoding: chunked/i.test(this.#unread.slice(0, begin))) {
      return this.#unread.endsWith('0\r\n\r\n');
    }
    return true;
  }
}
